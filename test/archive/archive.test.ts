import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunResult } from '../../src/model/result/result.ts'
import { labUp, type TestLab } from '../lab/lab.ts'

/**
 * What the EKS log collector's commands print on the nodes of a lab, against a snapshot of the same lab: of the same
 * flows the archives say the same, or `unknown` and what it is that they lack. Needs namespaces and kubectl.
 */

let lab: TestLab
let snapshot: string
const archives: string[] = []
beforeAll(async () => {
  lab = await labUp(['--name=archives'])
  snapshot = join(lab.where.runtime, 'snapshot')
  const recorded = await lab.podpath('snapshot', '--lab=archives', '--out', snapshot)
  if (recorded.status !== 0) throw new Error(recorded.stderr)
  const script = readFileSync(new URL('collect.sh', import.meta.url), 'utf8')
  mkdirSync(join(lab.where.runtime, 'eks'))
  for (const n of [1, 2, 3]) {
    const { status, output } = await lab.onNode(
      n,
      `cat >/tmp/collect.sh <<'EOF'\n${script}\nEOF\nsh /tmp/collect.sh i-${n} | base64 -w0`,
    )
    if (status !== 0) throw new Error(output)
    const file = join(lab.where.runtime, 'eks', `eks_i-${n}.tar.gz`)
    writeFileSync(file, Buffer.from(output, 'base64'))
    archives.push(file)
  }
}, 500_000)
afterAll(async () => {
  await lab.down()
})

async function explain(words: readonly string[]): Promise<RunResult> {
  const ended = await lab.podpath('explain', ...words, '--json')
  if (ended.stdout === '') throw new Error(ended.stderr)
  return JSON.parse(ended.stdout) as RunResult
}

interface Flow {
  readonly name: string
  readonly from: () => string
  readonly to: () => string
  readonly more?: string
}

const pod = (n: number) => (): string => lab.addresses[n - 1] ?? ''
const flows: readonly Flow[] = [
  { name: 'pod to pod on another node', from: pod(1), to: pod(3) },
  { name: 'pod to pod, TCP', from: pod(2), to: pod(1), more: '--protocol tcp --port 80' },
  { name: 'pod to itself', from: pod(1), to: pod(1) },
  { name: 'pod to its node', from: pod(1), to: () => '192.168.1.138' },
  { name: 'pod to the internet', from: pod(1), to: () => '198.51.100.100' },
  { name: 'pod to cluster DNS', from: pod(3), to: () => '10.100.0.10', more: '--protocol udp --port 53' },
  {
    name: 'pod to a service without that port',
    from: pod(3),
    to: () => '10.100.0.10',
    more: '--protocol tcp --port 81',
  },
  { name: 'node to its pod', from: () => '192.168.1.138', to: pod(1) },
  { name: 'node to a pod elsewhere', from: () => '192.168.1.138', to: pod(3) },
  {
    name: 'node to cluster DNS',
    from: () => '192.168.1.138',
    to: () => '10.100.0.10',
    more: '--protocol udp --port 53',
  },
]

const bundle = (paths: readonly string[]): readonly string[] => paths.flatMap((path) => ['--bundle', path])

const verdictsOf = ({ traces: [trace] }: RunResult): readonly (string | null | undefined)[] => [
  trace?.predicted?.verdict,
  trace?.predicted?.replyVerdict,
]

/** What the first node on the way decides. */
const decidedFirst = (result: RunResult): unknown =>
  result.traces[0]?.predicted?.forward
    .filter((hop) => hop.stack.startsWith('node/'))
    .slice(0, 1)
    .map((hop) => [
      hop.in,
      hop.out,
      hop.decisions.filter((one) => one.stage === 'nat' || one.stage === 'rule'),
    ])

test.each(flows)('$name: the same, or unknown for want of the VPC', async ({ from, to, more = '' }) => {
  const words = ['--from', from(), '--to', to(), ...more.split(' ').filter((word) => word !== '')]
  const full = await explain([...bundle([snapshot]), ...words])
  const assumed = await explain([...bundle(archives), '--assume-vpc', ...words])
  // What an assumed VPC does with what no node has is anybody's guess: it lets it out.
  if (verdictsOf(full)[0] === 'delivered' && !to().startsWith('198.'))
    expect(verdictsOf(assumed), JSON.stringify(assumed.findings)).toEqual(verdictsOf(full))
  expect(decidedFirst(assumed)).toEqual(decidedFirst(full))

  const read = await explain([...bundle(archives), ...words])
  if (verdictsOf(read)[0] === 'unknown') {
    expect(read.findings[0]).toMatchObject({ code: 'PREDICTION_UNKNOWN' })
    expect(read.gaps).toContainEqual(expect.objectContaining({ at: 'vpc/not-recorded' }))
  } else expect(verdictsOf(read)).toEqual(verdictsOf(full))
  expect(decidedFirst(read)).toEqual(decidedFirst(full))
})

test('one archive alone decides what stays on its node, and nothing beyond', async () => {
  const [first = ''] = archives
  const read = (to: string): Promise<RunResult> =>
    explain(['--bundle', first, '--from', pod(1)(), '--to', to])
  expect(verdictsOf(await read('192.168.1.138'))).toEqual(['delivered', 'delivered'])
  const beyond = await read(pod(3)())
  expect(verdictsOf(beyond)[0]).toBe('unknown')
  expect(beyond.findings[0]?.code).toBe('PREDICTION_UNKNOWN')
})
