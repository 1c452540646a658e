import { connect } from 'node:net'
import * as sdk from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLabAws, type LabAws } from './lab-aws.ts'
import { student, tutorialVpc } from './tutorial-cloud.ts'

/* What the lab's AWS answers to callers that mean it no good, or have no patience. */

let lab: LabAws
beforeAll(async () => {
  lab = await startLabAws()
})
afterAll(() => {
  lab.close()
})

const codeOf = (body: string): string =>
  /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? /<ServiceErrorCode>([^<]*)/.exec(body)?.[1] ?? body.slice(0, 80)

describe('without a good signature', () => {
  const authorization = (scope: string) =>
    `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const day = date.slice(0, 8)

  test.each([
    {
      because: 'no signature',
      init: { method: 'POST', body: 'Action=DescribeVpcs' },
      status: 403,
      code: 'MissingAuthenticationToken',
    },
    {
      because: 'a GET of anything',
      path: '/latest/meta-data',
      init: {},
      status: 403,
      code: 'MissingAuthenticationToken',
    },
    {
      because: 'an unknown key',
      init: {
        headers: { authorization: authorization(`AKIAOTHER/${day}/r/ec2/aws4_request`), 'x-amz-date': date },
      },
      status: 401,
      code: 'AuthFailure',
    },
    {
      because: 'a made-up signature',
      init: {
        headers: {
          authorization: authorization(`${student.accessKeyId}/${day}/r/ec2/aws4_request`),
          'x-amz-date': date,
        },
      },
      status: 401,
      code: 'AuthFailure',
    },
    {
      because: 'nonsense',
      init: { headers: { authorization: 'Bearer x' } },
      status: 400,
      code: 'IncompleteSignature',
    },
    {
      because: 'a presigned query that is none',
      path: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%00',
      init: {},
      status: 400,
      code: 'IncompleteSignature',
    },
  ])('$because is refused', async ({ path, init, status, code }) => {
    const answer = await fetch(`${lab.endpoint}${path ?? '/'}`, init)
    expect(answer.status).toBe(status)
    expect(codeOf(await answer.text())).toBe(code)
  })

  test('two megabytes are refused, and the caller can read why', async () => {
    const answer = await fetch(lab.endpoint, { method: 'POST', body: 'x'.repeat(2 << 20) })
    expect(answer.status).toBe(413)
    expect(codeOf(await answer.text())).toBe('RequestEntityTooLarge')
  })
})

const client = () =>
  new sdk.EC2Client({
    endpoint: lab.endpoint,
    region: 'ap-northeast-2',
    credentials: student,
    maxAttempts: 1,
  })

test('a caller who goes away in the middle of a request does no harm', async () => {
  const { port } = new URL(lab.endpoint)
  for (let i = 0; i < 20; i++)
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nAction=', () => {
          socket.destroy()
          resolve()
        })
      })
      socket.on('error', reject)
    })
  const ec2 = client()
  expect((await ec2.send(new sdk.DescribeVpcsCommand({}))).Vpcs).toHaveLength(1)
  ec2.destroy()
})

test('two hundred callers at once are all answered, each with its own', async () => {
  const ec2 = client()
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => {
      const eni = tutorialVpc.interfaces[i % tutorialVpc.interfaces.length]!.id
      return ec2.send(new sdk.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }))
    }),
  )
  expect(answers.map((answer) => answer.NetworkInterfaces?.[0]?.NetworkInterfaceId)).toEqual(
    answers.map((_, i) => tutorialVpc.interfaces[i % tutorialVpc.interfaces.length]!.id),
  )
  ec2.destroy()
})

test('a clock that is off by an hour is told so', async () => {
  const slow = await startLabAws(undefined, () => new Date(Date.now() + 3_600_000))
  const ec2 = new sdk.EC2Client({
    endpoint: slow.endpoint,
    region: 'ap-northeast-2',
    credentials: student,
    maxAttempts: 1,
  })
  await expect(ec2.send(new sdk.DescribeVpcsCommand({}))).rejects.toMatchObject({ name: 'RequestExpired' })
  ec2.destroy()
  slow.close()
})
