import { Transform } from 'node:stream'
import type { EC2Client } from '@aws-sdk/client-ec2'
import { TooMuch, tooMuch } from '../../edge/budget.ts'
import { at, textAt } from '../../edge/fields.ts'

/** Octets of one answer: a page of a thousand instances has some ten megabytes of XML. */
const mostAnswer = 32 * 1024 * 1024

/** This machine itself, where nobody else listens. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)

type Environment = Readonly<Record<string, string | undefined>>

/** What somebody names as the endpoint is asked as it is named: a lab's, seen from its bastion, is http://. */
const isNamed = (host: string, environment: Environment): boolean =>
  ['AWS_ENDPOINT_URL_EC2', 'AWS_ENDPOINT_URL'].some((name) => {
    const url = environment[name] ?? ''
    return URL.canParse(url) && new URL(url).protocol === 'http:' && new URL(url).hostname === host
  })

/**
 * What the SDK does not do on its own: answers have a limit, and over http:// nothing is asked but of this machine and of what
 * AWS_ENDPOINT_URL names: requests carry the session's token, and whoever is on the way may answer anything.
 */
export function boundEc2(
  { middlewareStack }: Pick<EC2Client, 'middlewareStack'>,
  environment: Environment,
): void {
  middlewareStack.add(
    (next) => (args) => {
      const protocol = textAt(args.request, 'protocol')
      const host = textAt(args.request, 'hostname') ?? ''
      if (protocol === 'http:' && !isLoopback(host) && !isNamed(host, environment))
        throw new Error(`http://${host} is not asked: credentials go over https:// alone`)
      return next(args)
    },
    { step: 'build', name: 'podpathSecureOnly' },
  )
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const body = at(result.response, 'body')
      if (isStream(body)) (result.response as { body: unknown }).body = body.pipe(atMost(mostAnswer, body))
      return result
    },
    { step: 'deserialize', name: 'podpathBoundAnswer', priority: 'low' },
  )
}

type Source = NodeJS.ReadableStream & { destroy(error?: Error): void }

const isStream = (value: unknown): value is Source =>
  typeof value === 'object' && value !== null && 'pipe' in value && 'destroy' in value

/** Lets so many octets through; beyond, the answer fails and its source is given up. */
function atMost(most: number, source: Source): Transform {
  let octets = 0
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      octets += chunk.length
      if (octets <= most) return done(null, chunk)
      const error = new TooMuch(tooMuch('the answer', 'octets', most))
      done(error)
      source.destroy()
    },
  })
  source.on('error', (error) => through.destroy(error))
  source.on('close', () => {
    // What ends before its end is no answer.
    if (!through.writableEnded) through.destroy(new Error('the answer ends before its end'))
  })
  return through
}
