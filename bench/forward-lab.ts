/** How fast the engine answers for a real snapshot: `podpath snapshot --lab`, read, compiled once, and asked. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endpointOf } from '../src/endpoints/recorded-endpoints.ts'
import { predictorOf } from '../src/inventory/predictor.ts'
import type { Predictor } from '../src/forward/walk/predictor.ts'
import type { Bundle } from '../src/bundle/bundle.ts'
import { openRecorded } from '../src/bundle/open.ts'
import type { Flow } from '../src/forward/walk/predict.ts'
import { ip, parseIp, type Ip } from '../src/model/address/address.ts'
import { ICMP, parseProtocol, TCP, UDP } from '../src/model/packet/packet.ts'
import { stackKind } from '../src/model/stack/stack-id.ts'
import { packageRoot } from './lab/bench-lab.ts'
import { bestOf } from './best-of.ts'
import type { BenchRow } from './row.ts'

/** A lab's snapshot by the real command, which starts a lab for it. */
async function labBundle(): Promise<Bundle> {
  const directory = mkdtempSync(join(tmpdir(), 'podpath-bench-'))
  try {
    const out = join(directory, 'bundle')
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(packageRoot, 'bin/podpath.js'), 'snapshot', '--lab', '--out', out],
      { encoding: 'utf8', env: { ...process.env, PODPATH_RUNTIME_DIR: directory } },
    )
    if (status !== 0) throw new Error(`podpath snapshot --lab exited ${status ?? '?'}: ${stderr.slice(-500)}`)
    return await openRecorded([out])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The lab's host on the internet. */
const internet = ip('198.51.100.100')

interface Kinds {
  readonly 'pod to pod': readonly Flow[]
  readonly 'pod to service': readonly Flow[]
  readonly 'pod to internet': readonly Flow[]
}

/** Every pod to every other one, to every port of every service, and to the internet. */
function flowsOf({ fabric, services: offered }: Predictor): Kinds {
  const pods = fabric.stacks
    .filter(({ id }) => stackKind(id) === 'pod')
    .flatMap((stack) => {
      const address = parseIp(endpointOf(fabric, stack).address)
      return address === undefined ? [] : [{ id: stack.id, address }]
    })
  const services = offered.flatMap(
    ({ addresses, ports }): readonly Pick<Flow, 'to' | 'protocol' | 'destinationPort'>[] =>
      addresses.flatMap((text) => {
        const to = parseIp(text)
        if (to === undefined) return []
        return ports.map(({ protocol, port }) => ({
          to,
          protocol: parseProtocol(protocol.toLowerCase()) ?? TCP,
          destinationPort: port,
        }))
      }),
  )
  const plain = (from: string, to: Ip): readonly Flow[] => [
    { from, to, protocol: ICMP },
    { from, to, protocol: TCP, sourcePort: 40000, destinationPort: 80 },
    { from, to, protocol: UDP, sourcePort: 40000, destinationPort: 53 },
  ]
  return {
    'pod to pod': pods.flatMap(({ id }) =>
      pods.filter((to) => to.id !== id).flatMap(({ address }) => plain(id, address)),
    ),
    'pod to service': pods.flatMap(({ id }) =>
      services.map((service): Flow => ({ from: id, sourcePort: 40000, ...service })),
    ),
    'pod to internet': pods.flatMap(({ id }) => plain(id, internet)),
  }
}

/** One row for all flows, forward and reply; its note has the rate of each kind. */
export async function forwardLabRows(): Promise<readonly BenchRow[]> {
  const bundle = await labBundle()
  const predictor = predictorOf(bundle)
  const kinds = Object.entries(flowsOf(predictor)) as readonly [string, readonly Flow[]][]
  let paths = 0
  let undecided = 0
  /** A lab has few flows, and each takes microseconds: a round must be long enough to be measured. */
  const rate = (flows: readonly Flow[]): number => {
    if (flows.length === 0) throw new Error('the snapshot of the lab has no such flows')
    const times = Math.ceil(5000 / flows.length)
    const round = (): void => {
      paths = 0
      for (let i = 0; i < times; i++) for (const flow of flows) paths += predictor.predict(flow).paths.length
    }
    for (let i = 0; i < 5; i++) round()
    const milliseconds = bestOf(10, round)
    return Math.round(paths / (milliseconds / 1000))
  }
  const all = kinds.flatMap(([, flows]) => flows)
  for (const flow of all)
    for (const path of predictor.predict(flow).paths)
      if (path.verdict === 'unknown' || path.replyVerdict === 'unknown') undecided++
  const perKind = kinds.map(
    ([name, flows]) => `${name} ${rate(flows).toLocaleString('en')}/s (${flows.length} flows)`,
  )
  return [
    {
      name: 'forward: paths on a lab’s snapshot',
      value: rate(all),
      unit: 'paths/s',
      note: `verdict there and back, VPC and policies included, ${bundle.index.stacks.length} stacks: ${perKind.join(', ')}; ${undecided} undecided`,
    },
  ]
}
