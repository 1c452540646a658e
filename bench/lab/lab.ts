import { deploy, memoryOf, startsOf, undeploy, withLab } from './bench-lab.ts'
import { floorOf } from './floor.ts'
import type { BenchRow } from '../row.ts'
import { inWords, sampleOf, timed } from '../sample.ts'

/** How many pods, on what they fit, and how often. */
const sizes = [
  { pods: 3, nodes: 3, instanceType: 't3.medium', runs: 5 },
  { pods: 30, nodes: 6, instanceType: 'm5.large', runs: 3 },
  { pods: 300, nodes: 20, instanceType: 'm5.xlarge', runs: 3 },
] as const

/**
 * Pods of the lab (a scheduled, running pod with namespaces, files, address, routes and a process) against the network
 * namespaces alone as plain `ip -batch` makes them, turn by turn in the same run; and what the lab holds of memory.
 */
export async function benchLab(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = []
  const empty: { readonly nodes: number; readonly octets: number }[] = []
  for (const size of sizes) {
    const { rows: more, idle } = await benchSize(size)
    rows.push(...more)
    empty.push({ nodes: size.nodes, octets: idle })
  }
  const [small] = empty
  const large = empty.at(-1)
  if (small !== undefined && large !== undefined && large.nodes > small.nodes)
    rows.push({
      name: 'lab: memory of a node',
      value: (large.octets - small.octets) / (large.nodes - small.nodes) / 1e6,
      unit: 'MB',
      note: `a lab of ${large.nodes} nodes against one of ${small.nodes}, with what runs on every node (proportional set size)`,
    })
  return rows
}

async function benchSize({ pods, nodes, instanceType, runs }: (typeof sizes)[number]): Promise<{
  readonly rows: readonly BenchRow[]
  /** Octets that the lab holds before there is any pod but its own. */
  readonly idle: number
}> {
  const others = await startsOf({ nodes, instanceType }, 4)
  return withLab({ nodes, instanceType }, async (lab) => {
    const starts = sampleOf([...others, lab.startedInMs])
    const before = memoryOf(lab)
    const ours: number[] = []
    const floor: number[] = []
    const gone: number[] = []
    let after = before
    for (let run = 0; run < runs; run++) {
      floor.push((await floorOf(pods, nodes)) / pods)
      ours.push((await timed(() => deploy(lab, `bench-${run}`, pods, pods))) / pods)
      if (run === 0) after = memoryOf(lab)
      gone.push((await timed(() => undeploy(lab, `bench-${run}`))) / pods)
    }
    const us = sampleOf(ours)
    const plain = sampleOf(floor)
    const rows = [
      {
        name: `lab: ${pods} pods`,
        value: us.median / plain.median,
        unit: 'x',
        note: `a pod takes ${inWords(us, 'ms')}, its namespace by ip -batch ${inWords(plain, 'ms')}; ${nodes} nodes`,
      },
      {
        name: `lab: ${nodes} nodes from nothing`,
        value: starts.median,
        unit: 'ms',
        note: `${inWords(starts, 'ms')}; nodes, VPC, internet, CoreDNS and the three pods of the tutorial: ${(starts.median / plain.median).toFixed(0)} pod namespaces by ip -batch`,
      },
      {
        name: `lab: ${pods} pods gone`,
        value: sampleOf(gone).median / plain.median,
        unit: 'x',
        note: `until the API lists none ${inWords(sampleOf(gone), 'ms')} a pod, against making its namespace by ip -batch`,
      },
      {
        name: `lab: memory of a pod, of ${pods}`,
        value: (after.all - before.all) / pods / 1e6,
        unit: 'MB',
        note: `with ${((after.processes - before.processes) / pods).toFixed(1)} processes; the whole lab ${(after.all / 1e6).toFixed(0)} MB, its daemon ${(after.daemon / 1e6).toFixed(0)} MB (proportional set size)`,
      },
    ]
    return { rows, idle: before.all }
  })
}
