import { createServer, request as requestTo } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readVpcs } from '../../src/aws/read-vpcs.ts'
import type { Ec2Answers } from '../../src/aws/read-vpcs.ts'
import { recordEc2 } from '../../src/cluster/aws/ec2.ts'
import type { NodeFacts } from '../../src/kubernetes/facts.ts'
import { startConnectProxy } from './connect-proxy.ts'
import { startLabAws } from '../ec2/lab-aws.ts'
import type { LabAws } from '../ec2/lab-aws.ts'
import { student, tutorialVpc } from '../ec2/tutorial-cloud.ts'

let aws: LabAws
beforeAll(async () => {
  aws = await startLabAws()
})
afterAll(() => aws.close())

const nodes: readonly NodeFacts[] = tutorialVpc.instances.map(({ id, privateDnsName, zone }) => ({
  name: privateDnsName,
  ready: true,
  alive: true,
  unreadyBecause: null,
  internalAddresses: [],
  externalAddresses: [],
  providerId: `aws:///${zone}/${id}`,
  labels: {},
}))

/** EC2 has ids for associations, which the plan tells by the subnets alone. */
const plain = (parts: readonly unknown[]): readonly unknown[] =>
  parts.map((part) =>
    typeof part === 'object' && part !== null
      ? Object.fromEntries(Object.entries(part).filter(([key]) => key !== 'associations'))
      : part,
  )

test('the VPC of the nodes is described whole, in the region of their zone', async () => {
  const { answers, gaps } = await recordEc2(nodes, { endpoint: aws.endpoint, credentials: student })
  expect(gaps).toEqual([])
  const read = readVpcs(Object.fromEntries(answers) as Ec2Answers)
  expect(read.gaps).toEqual([])
  expect(read.seen).toMatchObject([{ id: tutorialVpc.id, region: 'ap-northeast-2' }])
  const [vpc] = read.seen
  for (const part of [
    'subnets',
    'interfaces',
    'routeTables',
    'securityGroups',
    'networkAcls',
    'internetGateways',
  ] as const)
    expect(plain(vpc?.[part] ?? [])).toEqual(tutorialVpc[part])
})

test('AWS is asked by the proxy that the environment names', async () => {
  const proxy = await startConnectProxy()
  vi.stubEnv('HTTPS_PROXY', proxy.url)
  try {
    const { gaps } = await recordEc2(nodes, { credentials: student })
    expect(new Set(proxy.asked)).toEqual(new Set(['ec2.ap-northeast-2.amazonaws.com:443']))
    expect(gaps).toMatchObject([{ what: 'describe-instances' }])
    vi.stubEnv('NO_PROXY', '.amazonaws.com')
    const spared = proxy.asked.length
    await recordEc2(nodes, { credentials: student, signal: AbortSignal.timeout(500) }).catch(() => undefined)
    expect(proxy.asked).toHaveLength(spared)
  } finally {
    vi.unstubAllEnvs()
    await proxy.stop()
  }
})

describe('what AWS refuses is a gap', () => {
  test('wrong credentials', async () => {
    const { answers, gaps } = await recordEc2(nodes, {
      endpoint: aws.endpoint,
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wrong' },
    })
    expect(answers.size).toBe(0)
    expect(gaps).toEqual([
      {
        at: 'ec2/instances.json',
        what: 'describe-instances',
        because: expect.stringMatching(/^AuthFailure: /) as string,
      },
    ])
  })

  test('a part that may not be described, while the others may', async () => {
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        if (new URLSearchParams(body).get('Action') === 'DescribeNetworkAcls') {
          response.writeHead(403)
          response.end(
            '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation.</Message></Error></Errors><RequestID>r</RequestID></Response>',
          )
          return
        }
        // The signature covers the Host header, so it goes on as it came.
        const onward = requestTo(aws.endpoint, { method: 'POST', headers: request.headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 500)
          answer.pipe(response)
        })
        onward.end(body)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { gaps } = await recordEc2(nodes, { endpoint, credentials: student })
      expect(gaps.map(({ what }) => what)).toContain('describe-network-acls')
      expect(gaps.find(({ what }) => what === 'describe-network-acls')?.because).toBe(
        'UnauthorizedOperation: You are not authorized to perform this operation.',
      )
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  test('but whoever stops in the middle hears of it once, whatever was being asked', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const stop = new AbortController()
      server.once('request', () => {
        stop.abort()
      })
      await expect(
        recordEc2(nodes, { endpoint, credentials: student, signal: stop.signal }),
      ).rejects.toMatchObject({ code: 'aborted' })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  test('nodes that are no EC2 instances', async () => {
    const kind = nodes.map((node) => ({ ...node, providerId: 'kind://docker/kind/kind-worker' }))
    const { gaps } = await recordEc2(kind, { endpoint: aws.endpoint, credentials: student })
    expect(gaps).toMatchObject([{ because: 'the nodes name no EC2 instances (spec.providerID)' }])
  })
})
