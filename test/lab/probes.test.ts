import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProbeProtocol, RunResult } from '../../src/model/result/result.ts'
import { labUp, type TestLab } from './lab.ts'

/**
 * Every kind of probe to every kind of end: what the command says, what it exits with, and that what was predicted is
 * what was seen. Needs namespaces and kubectl.
 */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=probes'])
  const [one = '', two = '', three = ''] = lab.nodes
  const pod = (name: string, nodeName: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { nodeName, containers: [{ name: 'web', image: 'nginx' }], ...more },
  })
  const service = (name: string, app: string, more: object = {}, port: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app }, ports: [{ port: 80, targetPort: 80, ...port }], ...more },
  })
  const items = [
    pod('far', three),
    pod('self', one),
    pod('onhost', two, { hostNetwork: true }),
    service('far', 'far'),
    service('self', 'self'),
    service('headless', 'far', { clusterIP: 'None' }),
    service('everywhere', 'far', { type: 'NodePort' }, { nodePort: 30080 }),
  ]
  const file = join(lab.where.runtime, 'manifest.json')
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  await lab.kubectl('apply', '-f', file)
  await lab.kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=25s')
}, 500_000)
afterAll(async () => {
  await lab.down()
})

interface Row {
  readonly to: string
  /** By default a pod of node 1, by its network alone. */
  readonly from?: string
  readonly protocol: ProbeProtocol
  readonly more?: string
  /** 0: every probe answered, and as predicted. 1: a finding, by this code. 2: refused, with this in its line. */
  readonly exit?: 1 | 2
  readonly says?: string
  /** Where nothing could be seen to agree or not: the packet went where nobody captures. */
  readonly agrees?: null
}

const refused = { exit: 1, says: 'CONNECTION_REFUSED' } as const
const unanswered = { exit: 1, says: 'PROBE_FAILED' } as const
const notOffered = { exit: 1, says: 'SERVICE_PORT_MISSING', agrees: null } as const
const headless = { exit: 2, says: 'service default/headless has no cluster address' } as const

const rows: readonly Row[] = [
  { to: 'far', protocol: 'icmp', more: '--count 20' },
  { to: 'far', protocol: 'tcp' },
  { to: 'far', protocol: 'http', more: '--count 20' },
  { to: 'far', protocol: 'udp', more: '--port 9', ...refused },
  { to: 'far', protocol: 'dns', ...refused },
  { to: 'NODE3', protocol: 'icmp' },
  { to: 'NODE3', protocol: 'tcp', more: '--port 9', ...refused },
  { to: 'NODE3', protocol: 'udp', more: '--port 9', ...refused },
  { to: 'ADDRESS3', protocol: 'http', more: '--port 30080' },
  { to: 'NODE3', protocol: 'tcp', more: '--port 30080 --count 20' },
  { to: 'svc/far', protocol: 'tcp', more: '--count 20' },
  { to: 'svc/far:80', protocol: 'http' },
  { to: 'svc/far', protocol: 'icmp', ...notOffered },
  { to: 'svc/far', protocol: 'udp', ...notOffered },
  { to: 'svc/kube-system/kube-dns', protocol: 'dns', more: '--count 5' },
  { to: 'svc/kube-system/kube-dns:53', protocol: 'udp', ...unanswered },
  { to: 'svc/headless', protocol: 'http', ...headless },
  { to: 'www.google.com', protocol: 'icmp', more: '--count 20' },
  { to: 'www.google.com', protocol: 'http' },
  { to: 'onhost', protocol: 'icmp' },
  { to: 'onhost', protocol: 'http' },
  { from: 'self', to: 'svc/self:80', protocol: 'http', more: '--count 5' },
  { from: 'onhost', to: 'far', protocol: 'http' },
  { from: 'onhost', to: 'svc/far:80', protocol: 'tcp' },
  { from: 'NODE1', to: 'svc/far:80', protocol: 'http', more: '--count 5' },
  { from: 'NODE1', to: 'ADDRESS3', protocol: 'tcp', more: '--port 30080' },
  { from: 'NODE3', to: 'ADDRESS3', protocol: 'tcp', more: '--port 30080' },
  { to: 'far', protocol: 'icmp', more: '--size 8900' },
  { to: 'www.google.com', protocol: 'icmp', more: '--size 1472' },
  { to: 'www.google.com', protocol: 'icmp', more: '--size 1473', exit: 1, says: 'PACKET_LOST' },
]

const nodeAddress = async (n: number): Promise<string> =>
  lab.kubectl(
    'get',
    'node',
    lab.nodes[n - 1] ?? '',
    '-o',
    'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}',
  )

async function meant(word: string): Promise<string> {
  const n = Number(word.slice(-1))
  if (word.startsWith('NODE')) return `node/${lab.nodes[n - 1] ?? ''}`
  return word.startsWith('ADDRESS') ? nodeAddress(n) : word
}

const named = rows.map((row) => ({
  ...row,
  name: `${row.protocol} from ${row.from ?? 'a pod'} to ${row.to} ${row.more ?? ''}`.trim(),
}))

test.each(named)('$name', { timeout: 240_000 }, async (row) => {
  const from = row.from === undefined ? (lab.pods[0] ?? '') : await meant(row.from)
  const words = [from, await meant(row.to), '--protocol', row.protocol, ...(row.more ?? '').split(' ')]
  const ended = await lab.podpath(
    ...['trace', ...words.filter((word) => word !== ''), '--lab=probes', '--json', '--timeout', '2'],
  )
  if (row.exit === 2) {
    expect(ended.stderr).toContain(row.says)
    expect(ended).toMatchObject({ status: 2, stdout: '' })
    return
  }
  const result = JSON.parse(ended.stdout) as RunResult
  const [trace] = result.traces
  const seen = {
    status: ended.status,
    says: result.findings[0]?.code,
    agrees: trace?.agrees,
    answered: trace?.probe?.received === trace?.probe?.sent,
  }
  expect(seen, JSON.stringify({ findings: result.findings, trace }, null, 1).slice(0, 6000)).toEqual({
    status: row.exit ?? 0,
    says: row.says,
    agrees: row.agrees === undefined ? true : row.agrees,
    answered: row.exit === undefined,
  })
})
