import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { DescribeVpcsCommand, EC2Client, type EC2ClientConfig } from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPki } from '../../src/lab/kubernetes/pki.ts'
import { tracesBelow } from '../lab/lab-traces.ts'
import { labUp, type TestLab } from '../lab/lab.ts'
import { startPodpath } from '../lab/podpath.ts'

/**
 * What another user of this machine can do at the doors of a lab, who knows where they are and not its keys: connect, and be told no.
 * As root the tests become that user; anybody else tries without the keys, which is the same at a door.
 */

const isRoot = process.getuid?.() === 0
const stranger = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env']

/** What the lab's processes have open of this machine's sockets. Other labs may come and go meanwhile. */
const inodes = (): ReadonlySet<string> =>
  new Set(
    tracesBelow(lab.record.pid).pids.flatMap((pid) => {
      try {
        return readdirSync(`/proc/${pid}/fd`).flatMap(
          (fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
        )
      } catch {
        // It ended while we looked.
        return []
      }
    }),
  )
const table = (name: string): readonly (readonly string[])[] =>
  readFileSync(`/proc/net/${name}`, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))

/** Addresses on which the lab listens in this machine's own network, as `ADDRESS:PORT` of /proc/net/tcp (proc(5)). */
const listening = (): readonly string[] => {
  const own = inodes()
  return ['tcp', 'tcp6']
    .flatMap(table)
    .flatMap(([, local = '', , state, , , , , , inode = '']) =>
      state === '0A' && own.has(inode) ? [local] : [],
    )
    .toSorted()
}
const namedSockets = (): readonly string[] => {
  const own = inodes()
  return table('unix').flatMap(([, , , , , , inode = '', ...name]) => (own.has(inode) ? name : []))
}

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=doors'])
})
afterAll(() => lab?.down())

const kubernetes = () => lab.record.kubernetes!
const aws = () => lab.record.aws!

interface Told {
  readonly status: number
  /** Headers and body. */
  readonly text: string
}

/** Asks as somebody else. */
function ask(url: string, ...words: readonly string[]): Told {
  const [program = '', ...argv] = [...stranger, 'curl', '-sk', '-i', '-m', '10', '-g', ...words, url]
  const { stdout } = spawnSync(program, argv, { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } })
  return { status: Number(/^HTTP\/[\d.]+ (\d{3})/.exec(stdout)?.[1]), text: stdout }
}

/** What nobody who has no key is told: names, addresses and versions of what is inside. */
const inside = (): readonly string[] => [
  ...lab.pods,
  ...lab.nodes,
  ...lab.addresses,
  'podpath',
  'netshoot',
  '192.168.',
  '10.100.',
  'vpc-',
  'i-0',
  aws().accessKeyId,
  aws().secretAccessKey,
  kubernetes().token,
  'ip-192',
  'v1.',
  'eks',
  'node.js',
]

describe('of a lab', () => {
  test('two doors listen on this machine, both on loopback alone', () => {
    const portOf = (url: string): string =>
      Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')
    expect(listening()).toEqual(
      [kubernetes().server, aws().endpoint].map((url) => `0100007F:${portOf(url)}`).toSorted(),
    )
    expect(new URL(kubernetes().server)).toMatchObject({ protocol: 'https:', hostname: '127.0.0.1' })
    expect(new URL(aws().endpoint)).toMatchObject({ protocol: 'http:', hostname: '127.0.0.1' })
  })

  test('no socket has a name that others could open', () => {
    expect(namedSockets()).toEqual([])
  })

  test('the keys are in files of its user, and in the words of no process', async ({ skip }) => {
    if (!isRoot) skip('only root becomes somebody else')
    const shell = startPodpath(['lab', 'shell', '--name=doors', '--', 'sleep', '5'], lab.where)
    const verify = startPodpath(['verify', '--lab=doors', '--via', 'ssh', '--json'], lab.where)
    const secrets = [kubernetes().token, aws().secretAccessKey]
    let looks = 0
    for (let ended = false; !ended;) {
      ended = await Promise.race([
        Promise.all([shell.ended, verify.ended]).then(() => true),
        new Promise<false>((resolve) => setTimeout(() => resolve(false), 100)),
      ])
      const words = readdirSync('/proc').flatMap((pid) => {
        try {
          return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : []
        } catch {
          return []
        }
      })
      looks++
      expect(words.filter((one) => secrets.some((secret) => one.includes(secret)))).toEqual([])
    }
    expect(looks).toBeGreaterThan(10)
    expect((await verify.ended).status).toBe(0)
    for (const file of ['lab.json', 'kubeconfig', 'log', '.'])
      expect(
        spawnSync(stranger[0]!, [...stranger.slice(1), 'cat', join(lab.record.directory, file)]).stdout
          .length,
      ).toBe(0)
  })
})

describe('the Kubernetes API tells a stranger nothing', () => {
  const own = (path: string, ...words: readonly string[]): Told =>
    ask(`${kubernetes().server}${path}`, ...words)
  const paths = [
    ...[
      '/',
      '/api',
      '/apis',
      '/version',
      '/healthz',
      '/livez',
      '/readyz',
      '/metrics',
      '/logs',
      '/debug/pprof/',
    ],
    ...['/openapi/v2', '/openapi/v3', '/openid/v1/jwks', '/.well-known/openid-configuration'],
    ...[
      '/podpath.lab/health',
      '/api/v1/nodes',
      '/api/v1/pods?watch=true',
      '/api/v1/secrets',
      '/nope',
      '/../..',
    ],
    '/api/v1/namespaces/default/pods/x/log',
  ]
  test.each(paths)('%s', (path) => {
    const { status, text } = own(path, '--path-as-is')
    expect(status).toBe(401)
    expect(inside().filter((one) => text.includes(one))).toEqual([])
  })

  test.each<{ because: string; words: () => readonly string[] }>([
    { because: 'a token of nobody', words: () => ['-H', 'Authorization: Bearer nobody'] },
    { because: 'an empty one', words: () => ['-H', 'Authorization: Bearer '] },
    { because: 'a password', words: () => ['-u', 'admin:admin'] },
    { because: 'another’s name', words: () => ['-H', 'Impersonate-User: admin'] },
    {
      because: 'a name as a front proxy gives it',
      words: () => ['-H', 'X-Remote-User: admin', '-H', 'X-Remote-Group: system:masters'],
    },
    {
      because: 'the AWS key as a token',
      words: () => [
        '-H',
        `Authorization: Bearer k8s-aws-v1.${Buffer.from('https://x/').toString('base64url')}`,
      ],
    },
    { because: 'a creation', words: () => ['-X', 'POST', '-d', '{"kind":"Pod"}'] },
    { because: 'a removal', words: () => ['-X', 'DELETE'] },
    {
      because: 'an exec',
      words: () => [
        ...['-H', 'Connection: Upgrade', '-H', 'Upgrade: websocket', '-H', 'Sec-WebSocket-Version: 13'],
        ...['-H', 'Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==', '--http1.1'],
      ],
    },
  ])('who brings $because', ({ words }) => {
    const { status, text } = own(`/api/v1/namespaces/default/pods/${lab.pods[0]}/exec?command=id`, ...words())
    expect(status).toBe(401)
    expect(inside().filter((one) => text.includes(one))).toEqual([])
  })

  test('who brings a certificate of another lab', () => {
    const file = (name: string): string => join(lab.where.runtime, name)
    const { certificate, privateKey } = createPki({ now: Date.now() })
    writeFileSync(file('own.crt'), certificate)
    writeFileSync(file('own.key'), privateKey)
    const [, ...rest] = ['curl', '-sk', '-i', '--cert', file('own.crt'), '--key', file('own.key')]
    const said = spawnSync('curl', [...rest, `${kubernetes().server}/api/v1/nodes`], {
      encoding: 'utf8',
    }).stdout
    expect(said).not.toMatch(/^HTTP\/[\d.]+ 2/)
    expect(inside().filter((one) => said.includes(one))).toEqual([])
  })
})

describe('EC2’s door', () => {
  const own = (path: string, ...words: readonly string[]): Told => ask(`${aws().endpoint}${path}`, ...words)

  test.each([
    { path: '/', words: [] },
    { path: '/?Action=DescribeInstances&Version=2016-11-15', words: [] },
    { path: '/', words: ['-d', 'Action=DescribeInstances&Version=2016-11-15'] },
    { path: '/', words: ['-d', 'Action=RevokeSecurityGroupIngress&GroupId=sg-1'] },
    { path: '/', words: ['-d', 'Action=GetCallerIdentity'] },
    { path: '/clusters', words: [] },
    { path: '/latest/meta-data/', words: [] },
    { path: '/', words: ['-H', 'Authorization: AWS4-HMAC-SHA256 nonsense'] },
    { path: '/', words: ['-u', 'admin:admin'] },
  ])('tells a stranger nothing: $path $words', ({ path, words }) => {
    const { status, text } = own(path, ...words)
    expect([400, 403]).toContain(status)
    expect(inside().filter((one) => text.includes(one))).toEqual([])
  })

  interface Signed {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }

  /** A request as the owner's client signs it, or one with another key or another clock. */
  async function signed(changed: Partial<EC2ClientConfig> = {}): Promise<Signed> {
    const { endpoint, region, ...credentials } = aws()
    const client = new EC2Client({ region, endpoint, credentials, maxAttempts: 1, ...changed })
    let seen: Signed | undefined
    client.middlewareStack.add(
      (next) => (args) => {
        seen ??= args.request as Signed
        return next(args)
      },
      { step: 'finalizeRequest', priority: 'low', name: 'look' },
    )
    await client.send(new DescribeVpcsCommand()).catch(() => undefined)
    client.destroy()
    if (!seen) throw new Error('nothing was signed')
    return { method: seen.method, headers: { ...seen.headers }, body: seen.body }
  }

  async function send({ method, headers, body }: Signed, path = '/'): Promise<Told> {
    const { hostname, port } = new URL(aws().endpoint)
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, path, method, headers }, (answer) => {
        textOf(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text }), reject)
      })
      asked.once('error', reject)
      asked.end(body)
    })
  }

  test('a request that its owner signed does what it says, and has not the secret in it', async () => {
    const one = await signed()
    const { status, text } = await send(one)
    expect(status).toBe(200)
    expect(text).toContain('<vpcId>vpc-')
    expect(JSON.stringify(one)).not.toContain(aws().secretAccessKey)
  })

  test('a wrong key opens nothing', async () => {
    const { status, text } = await send(
      await signed({ credentials: { ...aws(), secretAccessKey: 'x'.repeat(40) } }),
    )
    expect(status).toBe(401)
    expect(inside().filter((one) => text.includes(one))).toEqual([])
  })

  /** Whoever has seen a signed request, as nobody does on loopback but root, can have the same again, and nothing else. */
  test.each<{ because: string; change: (one: Signed) => Signed; path?: string }>([
    { because: 'another action', change: (one) => ({ ...one, body: one.body.replace('Vpcs', 'Instances') }) },
    { because: 'one more parameter', change: (one) => ({ ...one, body: `${one.body}&DryRun=false` }) },
    { because: 'another path', change: (one) => one, path: '/clusters' },
    { because: 'another query', change: (one) => one, path: '/?Action=DescribeInstances' },
    { because: 'another method', change: (one) => ({ ...one, method: 'PUT' }) },
    {
      because: 'another host',
      change: (one) => ({ ...one, headers: { ...one.headers, host: 'ec2.example' } }),
    },
    {
      because: 'another time',
      change: (one) => ({
        ...one,
        headers: {
          ...one.headers,
          'x-amz-date': new Date(Date.now() + 60_000).toISOString().replace(/[-:]|\.\d+/g, ''),
        },
      }),
    },
    {
      because: 'another region',
      change: (one) => ({
        ...one,
        headers: {
          ...one.headers,
          authorization: (one.headers['authorization'] ?? '').replace(aws().region, 'us-east-1'),
        },
      }),
    },
    {
      because: 'a token besides',
      change: (one) => ({ ...one, headers: { ...one.headers, 'x-amz-security-token': 'x' } }),
    },
  ])('is not opened by a signed request with $because', async ({ change, path }) => {
    const { status, text } = await send(change(await signed()), path)
    expect([400, 401, 403]).toContain(status)
    expect(inside().filter((one) => text.includes(one))).toEqual([])
  })

  test('nor by one that is sixteen minutes old', async () => {
    const old = await signed({ systemClockOffset: -16 * 60_000 })
    const { status, text } = await send(old)
    expect([status, /<Code>(\w+)</.exec(text)?.[1]]).toEqual([400, 'RequestExpired'])
  })

  test('lets nobody send for ever, and answers its owner meanwhile', async () => {
    const { hostname, port } = new URL(aws().endpoint)
    const endless = request({ hostname, port, method: 'POST' })
    const told = new Promise<number>((resolve) => {
      endless.once('response', (answer) => resolve(answer.statusCode ?? 0))
      endless.on('error', () => resolve(0))
    })
    const piece = Buffer.alloc(65_536)
    const more = (): void => {
      while (!endless.destroyed && endless.write(piece));
    }
    endless.on('drain', more)
    more()
    // Told, or cut off before the answer was read.
    expect([413, 0]).toContain(await told)
    endless.destroy()
    expect((await send(await signed())).status).toBe(200)
  })
})
