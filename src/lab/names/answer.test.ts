import { describe, expect, test } from 'vitest'
import { formatIp4, ip4Of } from '../../model/address/address.ts'
import { prefix } from '../../model/address/prefix.ts'
import { isProblem } from '../../wire/decoded.ts'
import {
  dnsCode,
  dnsType,
  readDns,
  writeDns,
  type DnsMessage,
  type DnsRecord,
} from '../../wire/dns/message.ts'
import { answerFrom } from './answer.ts'
import { clusterDns } from './cluster-dns.ts'
import { clusterZone } from './cluster-zone.ts'
import { internetPage } from './internet-pages.ts'
import { createResolver } from './resolver.ts'
import { vpcZone } from './vpc-zone.ts'
import { dnsTypeSrv, type Zone } from './zone.ts'

const query = (name: string, type: number = dnsType.a, over: Partial<DnsMessage> = {}): DnsMessage => ({
  id: 4711,
  response: false,
  opcode: 0,
  authoritative: false,
  truncated: false,
  recursionDesired: true,
  recursionAvailable: false,
  code: 0,
  questions: [{ name, type, class: 1 }],
  answers: [],
  authorities: [],
  additionals: [],
  ...over,
})
const decode = (octets: Uint8Array): DnsMessage => {
  const message = readDns(new DataView(octets.buffer, octets.byteOffset, octets.byteLength))
  if (isProblem(message)) throw new Error(JSON.stringify(message))
  return message.value
}
const said = ({ data }: DnsRecord): string =>
  data.kind === 'a' ? formatIp4(data.address) : 'name' in data ? data.name : data.kind

const service = {
  namespace: 'default',
  name: 'web',
  clusterIP: null,
  externalName: null,
  ports: [],
  endpoints: [],
} as const
const cluster = clusterZone(
  JSON.stringify({
    domain: 'cluster.local',
    namespaces: ['default', 'kube-system'],
    services: [
      {
        ...service,
        namespace: 'kube-system',
        name: 'kube-dns',
        clusterIP: '10.100.0.10',
        ports: [{ name: 'dns', protocol: 'UDP', port: 53 }],
      },
      { ...service, clusterIP: '10.100.200.50', endpoints: [{ address: '192.168.1.197', hostname: null }] },
      {
        ...service,
        name: 'db',
        ports: [{ name: 'pg', protocol: 'TCP', port: 5432 }],
        endpoints: [
          { address: '192.168.1.60', hostname: 'db-0' },
          { address: '192.168.2.60', hostname: null },
        ],
      },
      { ...service, name: 'out', externalName: 'www.google.com.' },
      { ...service, name: 'bad', clusterIP: '10.100.0.999' },
      { name: 'worse' },
    ],
  }),
  1,
)
const style = { authoritative: true, recursionAvailable: true } as const
const ask = (zone: Zone, name: string, type?: number): readonly [number, ...string[]] | undefined => {
  const answer = answerFrom(zone, query(name, type), style)
  return answer && [answer.code, ...answer.answers.map(said)]
}

describe('the cluster zone', () => {
  test.each<readonly [string, number, readonly (number | string)[] | undefined, string]>([
    ['web.default.svc.cluster.local', dnsType.a, [0, '10.100.200.50'], 'a cluster IP'],
    ['WEB.default.SVC.cluster.LOCAL', dnsType.a, [0, '10.100.200.50'], 'names have no case'],
    [
      'db.default.svc.cluster.local',
      dnsType.a,
      [0, '192.168.1.60', '192.168.2.60'],
      'headless: its endpoints',
    ],
    ['db-0.db.default.svc.cluster.local', dnsType.a, [0, '192.168.1.60'], 'an endpoint by host name'],
    ['192-168-2-60.db.default.svc.cluster.local', dnsType.a, [0, '192.168.2.60'], 'an endpoint without one'],
    ['out.default.svc.cluster.local', dnsType.a, [0, 'www.google.com'], 'ExternalName'],
    ['192-168-1-9.default.pod.cluster.local', dnsType.a, [0, '192.168.1.9'], 'any pod address'],
    ['192-168-1-9.nowhere.pod.cluster.local', dnsType.a, [3], 'of a namespace that exists'],
    ['ns.dns.cluster.local', dnsType.a, [0, '10.100.0.10'], 'the name server itself'],
    ['web.default.svc.cluster.local', dnsType.aaaa, [0], 'the name is there, the type is not'],
    ['default.svc.cluster.local', dnsType.a, [0], 'a branch'],
    ['web.other.svc.cluster.local', dnsType.a, [3], 'no such namespace'],
    ['www.google.com.default.svc.cluster.local', dnsType.a, [3], 'the search list at work'],
    ['bad.default.svc.cluster.local', dnsType.a, [3], 'an address that is none'],
    ['50.200.100.10.in-addr.arpa', dnsType.ptr, [0, 'web.default.svc.cluster.local'], 'back to the service'],
    [
      '60.1.168.192.in-addr.arpa',
      dnsType.ptr,
      [0, 'db-0.db.default.svc.cluster.local'],
      'back to the endpoint',
    ],
    ['138.1.168.192.in-addr.arpa', dnsType.ptr, undefined, 'not ours: falls through'],
    ['www.google.com', dnsType.a, undefined, 'not ours'],
  ])('%s type %i: %j (%s)', (name, type, want) => {
    expect(ask(cluster, name, type)).toEqual(want)
  })

  test('a denial carries the SOA record', () => {
    const denial = answerFrom(cluster, query('nope.default.svc.cluster.local'), style)
    expect(denial?.authorities.map(({ name, type, ttl }) => [name, type, ttl])).toEqual([
      ['cluster.local', dnsType.soa, 5],
    ])
  })

  test('SRV: a target for each endpoint, their addresses along', () => {
    const answer = answerFrom(cluster, query('_pg._tcp.db.default.svc.cluster.local', dnsTypeSrv), style)
    expect(answer?.answers).toHaveLength(2)
    expect(answer?.additionals.map(said)).toEqual(['192.168.1.60', '192.168.2.60'])
  })

  test.each(['', 'null', '{}', '{"domain": "a..b"}'])('%j is no zone file', (text) => {
    expect(() => clusterZone(text, 1)).toThrow()
  })
})

describe("the VPC's resolver", () => {
  const zone = vpcZone({
    region: 'ap-northeast-2',
    vpcCidrs: [prefix('192.168.0.0/16')],
    hosts: [{ name: 'www.google.com', address: ip4Of('142.250.76.132') }],
  })
  const resolver = createResolver({ zone })

  test.each([
    ['www.google.com', dnsType.a, [0, '142.250.76.132']],
    ['www.google.com', dnsType.aaaa, [0]],
    ['ip-192-168-1-138.ap-northeast-2.compute.internal', dnsType.a, [0, '192.168.1.138']],
    ['138.1.168.192.in-addr.arpa', dnsType.ptr, [0, 'ip-192-168-1-138.ap-northeast-2.compute.internal']],
    ['ip-10-0-0-1.ap-northeast-2.compute.internal', dnsType.a, [3]],
    ['ip-192-168-1-999.ap-northeast-2.compute.internal', dnsType.a, [3]],
    ['1.0.0.10.in-addr.arpa', dnsType.ptr, [3]],
    ['www.google.com.ap-northeast-2.compute.internal', dnsType.a, [3]],
  ])('%s type %i: %j', (name, type, want) => {
    const answer = decode(resolver.handle(writeDns(query(name, type))))
    expect([answer.code, ...answer.answers.map(said)]).toEqual(want)
    expect(answer).toMatchObject({ id: 4711, response: true, authoritative: false, recursionAvailable: true })
  })

  test('the spelling of the asker comes back', () => {
    expect(decode(resolver.handle(writeDns(query('wWw.GooGle.com')))).answers[0]?.name).toBe('wWw.GooGle.com')
  })

  test.each([
    [
      'octets that are no question',
      Uint8Array.of(1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63),
      dnsCode.formatError,
    ],
    [
      'two questions',
      writeDns(query('a', 1, { questions: [...query('a').questions, ...query('b').questions] })),
      dnsCode.formatError,
    ],
    ['an update', writeDns(query('a', 1, { opcode: 5 })), dnsCode.notImplemented],
    [
      'another class',
      writeDns(query('a', 1, { questions: [{ name: 'a', type: 1, class: 3 }] })),
      dnsCode.refused,
    ],
  ])('%s', (_, octets, code) => {
    expect(decode(resolver.handle(octets)).code).toBe(code)
  })

  test.each([
    ['less than a header', new Uint8Array(11)],
    ['an answer', writeDns(query('a', 1, { response: true }))],
  ])('%s gets no reply', (_, octets) => {
    expect(resolver.handle(octets)).toHaveLength(0)
  })
})

describe('CoreDNS', () => {
  const upstream = createResolver({
    zone: vpcZone({
      region: 'ap-northeast-2',
      vpcCidrs: [],
      hosts: [
        { name: 'www.google.com', address: ip4Of('142.250.76.132') },
        ...Array.from({ length: 40 }, (_, i) => ({
          name: 'many.example',
          address: ip4Of(`198.51.100.${i}`),
        })),
      ],
    }),
  })
  const start = (forward?: () => Promise<Uint8Array>) => {
    let time = 0
    const dns = clusterDns({
      zone: () => cluster,
      forward: forward ?? ((octets) => Promise.resolve(upstream.handle(octets, true))),
      now: () => time,
    })
    return {
      dns,
      wait: (ms: number) => (time += ms),
      ask: async (message: DnsMessage, overTcp = false) =>
        decode(await dns.handle(writeDns(message), overTcp)),
    }
  }

  test('keeps what it forwarded for 30 seconds, and counts it down', async () => {
    const { dns, ask: put, wait } = start()
    expect((await put(query('www.google.com'))).answers[0]?.ttl).toBe(30)
    wait(12_000)
    const kept = await put(query('WWW.google.com', dnsType.a, { id: 1 }))
    expect(kept).toMatchObject({ id: 1, questions: [{ name: 'WWW.google.com' }], answers: [{ ttl: 18 }] })
    expect(dns.counts).toMatchObject({ forwarded: 1, cacheHits: 1, requests: 2 })
    wait(18_000)
    await put(query('www.google.com'))
    expect(dns.counts.forwarded).toBe(2)
  })

  test('an ExternalName brings the addresses behind it', async () => {
    const { answers } = await start().ask(query('out.default.svc.cluster.local'))
    expect(answers.map(said)).toEqual(['www.google.com', '142.250.76.132'])
  })

  test('more than UDP takes is cut, and whole over TCP', async () => {
    const { ask: put } = start()
    expect(await put(query('many.example'))).toMatchObject({ truncated: true, answers: [] })
    expect((await put(query('many.example'), true)).answers).toHaveLength(40)
  })

  test('a resolver that is silent is SERVFAIL; the cluster goes on', async () => {
    const { ask: put } = start(() => Promise.reject(new Error('silent')))
    expect((await put(query('www.google.com'))).code).toBe(dnsCode.serverFailure)
    expect((await put(query('web.default.svc.cluster.local'))).code).toBe(dnsCode.noError)
    expect((await put(query('out.default.svc.cluster.local'))).answers.map(said)).toEqual(['www.google.com'])
  })
})

describe("the internet's sites", () => {
  const sites = { '142.250.76.132': 'www.google.com', '34.117.59.81': 'ipinfo.io' }
  const get = (over: Partial<Parameters<typeof internetPage>[0]>) =>
    internetPage(
      {
        host: undefined,
        localAddress: '34.117.59.81',
        remoteAddress: '203.0.113.7',
        method: 'GET',
        path: '/ip',
        ...over,
      },
      sites,
    )
  test.each([
    [{ host: 'ipinfo.io' }, 200, '203.0.113.7'],
    [{ host: 'IPINFO.io:80', remoteAddress: '::ffff:203.0.113.7' }, 200, '203.0.113.7'],
    [{}, 200, '203.0.113.7'],
    [{ method: 'POST' }, 405, 'Method Not Allowed\n'],
    [{ path: '/nope' }, 404, 'Not Found\n'],
    [{ host: 'example.org', localAddress: '198.51.100.1' }, 404, 'no such site in this internet\n'],
  ])('%j: %i %j', (request, status, body) => {
    expect(get(request)).toMatchObject({ status, body })
  })
  test('www.google.com is a page', () => {
    expect(get({ host: 'www.google.com', path: '/' })).toMatchObject({
      status: 200,
      type: 'text/html; charset=UTF-8',
    })
  })
})
