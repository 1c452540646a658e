/** All pairs of a cluster of real size: how long, how much memory, and whether random pairs by themselves say the same. */
import { classMatrixOf } from '../src/app/class-matrix.ts'
import { matrixOfCluster } from '../src/app/matrix-of-cluster.fixture.ts'
import { summed } from '../src/app/matrix.ts'
import { makeCluster, onlyFrom } from '../src/forward/classes/pods-and-nodes.fixture.ts'
import { predict } from '../src/forward/walk/predict.ts'
import { parseIp } from '../src/model/address/address.ts'
import { ICMP } from '../src/model/packet/packet.ts'
import type { BenchRow } from './row.ts'

const randomPairs = 10_000

export async function matrixRows(): Promise<readonly BenchRow[]> {
  const made = makeCluster({ nodes: 300, pods: 17, services: 200 })
  const cluster = {
    ...made,
    objects: { ...made.objects, networkPolicies: [onlyFrom('web', 'db')] },
  }
  const input = matrixOfCluster(cluster, { protocol: ICMP })
  const before = process.cpuUsage()
  const result = await classMatrixOf(input)
  const { user, system } = process.cpuUsage(before)
  const exceptions = new Map(result.exceptions.map((one) => [`${one.from} ${one.to}`, one]))
  let state = 7
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  let wrong = 0
  for (let at = 0; at < randomPairs; at++) {
    const [one, other] = [random(input.from.length), random(input.to.length)]
    const [from, to] = [input.from[one], input.to[other]]
    const address = to && parseIp(to.endpoint.address)
    if (one === other || from?.stack == null || address === undefined) continue
    const { verdict, probability, decisive } = summed(
      predict(input.predictor.compiled, { from: from.stack, to: address, protocol: ICMP, fresh: true }),
    )
    const cell =
      exceptions.get(`${one} ${other}`) ??
      result.cellOf(result.from[one]?.class ?? -1, result.to[other]?.class ?? -1)
    const stage = cell?.reason == null ? '' : result.reasons[cell.reason]?.stage
    if (
      cell?.predicted !== verdict ||
      Math.abs(cell.probability - probability) > 1e-9 ||
      stage !== (decisive?.decision?.stage ?? '')
    )
      wrong++
  }
  const note = `${input.from.length} pods on 300 nodes, ${result.work.predicted} pairs predicted, ${result.work.sampled} of them checks`
  return [
    {
      name: 'matrix: all pairs',
      value: (user + system) / 1e6,
      unit: 's',
      note: `${result.work.pairs / 1e6} million pairs; processor time; ${note}`,
    },
    {
      name: 'matrix: memory',
      value: process.resourceUsage().maxRSS / 1024,
      unit: 'MB',
      note: 'the most that the process held, the cluster included',
    },
    {
      name: 'matrix: wrong pairs',
      value: wrong,
      unit: 'pairs',
      note: `of ${randomPairs} random ones, predicted by themselves`,
    },
  ]
}
