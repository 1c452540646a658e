import { describe, expect, test } from 'vitest'
import {
  makeCluster,
  onlyFrom,
  podAddress,
  type MadeCluster,
} from '../forward/classes/pods-and-nodes.fixture.ts'
import { predict } from '../forward/walk/predict.ts'
import { readRoutesText } from '../linux/ip/route.ts'
import { parseIp } from '../model/address/address.ts'
import { ICMP, TCP } from '../model/packet/packet.ts'
import type { ClassMatrix } from '../model/result/class-matrix.ts'
import { renderClassMatrixJson } from '../report/class-matrix-json.ts'
import { renderTerminalClassMatrix } from '../report/terminal/class-matrix.ts'
import type { ClassMatrixInput } from './class-answers.ts'
import { classMatrixOf } from './class-matrix.ts'
import { summed } from './matrix.ts'
import { matrixOfCluster } from './matrix-of-cluster.fixture.ts'

const size = { nodes: 10, pods: 8, services: 5 }

const withPolicies = (cluster: MadeCluster): MadeCluster => ({
  ...cluster,
  objects: {
    ...cluster.objects,
    networkPolicies: [onlyFrom('web', 'db'), { ...onlyFrom('db', 'web'), types: ['Ingress', 'Egress'] }],
  },
})

/** A node that lost the route to one pod of its own, and sends what is for two prefixes nowhere. */
const broken = (cluster: MadeCluster): MadeCluster => {
  let nodes = 0
  return {
    ...cluster,
    fabric: {
      ...cluster.fabric,
      stacks: cluster.fabric.stacks.map((stack) => {
        if (!stack.id.startsWith('node/')) return stack
        nodes++
        const lost = podAddress(3, 2)
        if (nodes === 4)
          return { ...stack, routes: stack.routes.filter(({ line }) => !line.includes(`${lost} `)) }
        if (nodes === 9)
          return {
            ...stack,
            routes: [
              ...stack.routes,
              ...readRoutesText(`blackhole ${podAddress(5, 0)}/30 table main\n`, 4).value,
            ],
          }
        return stack
      }),
    },
  }
}

/** What the matrix says of one pair, by indexes. */
function told(result: ClassMatrix): (from: number, to: number) => string {
  const exceptions = new Map(result.exceptions.map((one) => [`${one.from} ${one.to}`, one]))
  return (from, to) => {
    const cell =
      exceptions.get(`${from} ${to}`) ?? result.cellOf(result.from[from]!.class, result.to[to]!.class)
    return `${cell?.predicted} ${cell?.probability.toFixed(6)} ${cell?.reason == null ? '' : result.reasons[cell.reason]?.stage}`
  }
}

function byItself({ predictor, from, to, flow }: ClassMatrixInput): (from: number, to: number) => string {
  return (one, other) => {
    const { verdict, probability, decisive } = summed(
      predict(predictor.compiled, {
        from: from[one]!.stack!,
        to: parseIp(to[other]!.endpoint.address)!,
        protocol: flow.protocol,
        fresh: true,
        ...(flow.destinationPort === undefined ? {} : { destinationPort: flow.destinationPort }),
      }),
    )
    return `${verdict} ${probability.toFixed(6)} ${decisive?.decision?.stage ?? ''}`
  }
}

describe('every pair by classes, as every pair by itself', () => {
  test.each([
    { what: 'a healthy cluster', change: (c: MadeCluster) => c, flow: { protocol: ICMP } },
    { what: 'policies', change: withPolicies, flow: { protocol: ICMP } },
    { what: 'faults', change: broken, flow: { protocol: TCP, destinationPort: 80 } },
    {
      what: 'faults and policies',
      change: (c: MadeCluster) => broken(withPolicies(c)),
      flow: { protocol: TCP, destinationPort: 80 },
    },
  ])('$what', async ({ change, flow }) => {
    const input = matrixOfCluster(change(makeCluster(size)), flow)
    const result = await classMatrixOf(input)
    const [is, want] = [told(result), byItself(input)]
    const wrong: string[] = []
    for (const from of input.from.keys())
      for (const to of input.to.keys())
        if (from !== to && is(from, to) !== want(from, to))
          wrong.push(`${from} ${to}: ${is(from, to)}, ${want(from, to)}`)
    expect(wrong.slice(0, 5)).toEqual([])
    expect(result.work.pairs).toBe(80 * 79)
    expect(result.work.disagreed).toBe(0)
  })
})

test('a cluster where all reach each other is one class', async () => {
  const result = await classMatrixOf(matrixOfCluster(makeCluster(size), { protocol: ICMP }))
  expect(result.classes).toHaveLength(1)
  expect(result.verdict).toBe('delivered')
})

test('a missing route is told as the cause of all pairs that it breaks, and the text stays short', async () => {
  const result = await classMatrixOf(
    matrixOfCluster(broken(withPolicies(makeCluster(size))), { protocol: ICMP }),
  )
  expect(result.verdict).toBe('dropped')
  expect(result.diagnosis.map(({ causes }) => causes[0]?.code)).not.toEqual([])
  const text = renderTerminalClassMatrix(result, { language: 'en', width: 80, colour: 0, unicode: true })
  expect(text.split('\n').length).toBeLessThan(160)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(200)
})

test('its JSON is one document, a row of cells a line', async () => {
  const result = await classMatrixOf(matrixOfCluster(broken(makeCluster(size)), { protocol: ICMP }))
  const { cellOf, ...data } = result
  expect(JSON.parse([...renderClassMatrixJson(result)].join(''))).toEqual({
    ...data,
    cells: result.classes.map((_, from) => result.classes.map((__, to) => cellOf(from, to))),
  })
})

test('it ends within a breath when it is interrupted', async () => {
  const controller = new AbortController()
  const input = { ...matrixOfCluster(makeCluster(size), { protocol: ICMP }), signal: controller.signal }
  const asked = classMatrixOf(input)
  setImmediate(() => controller.abort(new Error('interrupted')))
  await expect(asked).rejects.toThrow('interrupted')
})
