import { expect, test } from 'vitest'
import { compileFabric } from '../../src/forward/compile/fabric.ts'
import { predict } from '../../src/forward/walk/predict.ts'
import { readFabric } from '../../src/linux/fabric.ts'
import { flowOf } from './compare.ts'
import { observe } from './kernel.ts'
import type { Extra, Scenario } from './scenario.ts'
import { makeScenario } from './make-scenario.ts'

/**
 * The kernel says itself which rule ended a packet: TRACE in raw, read by `xtables-monitor --trace`. Needs root,
 * iptables-nft and the kernel's nf_tables trace. Only the nft backend prints; legacy rules are left out here.
 */
const drop = (stack: number, table: string, text: string): Extra => ({
  stack,
  kind: 'iptables',
  table,
  text,
  backend: 'nft',
})
/** Random rules drop too few: these see to it that there is something to check in every network. */
const someDrops: readonly Extra[] = [
  drop(0, 'filter', ':OWN -'),
  drop(0, 'filter', '-A FORWARD -p udp -j OWN'),
  drop(0, 'filter', '-A OWN -p udp -m udp --dport 53 -m comment --comment "no names" -j REJECT'),
  drop(1, 'filter', '-A INPUT -p udp -m multiport --dports 80,8080 -j DROP'),
  drop(2, 'mangle', '-A PREROUTING -p icmp -m length --length 100:140 -j DROP'),
]

const withoutLegacy = (scenario: Scenario): Scenario => ({
  ...scenario,
  extras: [
    ...scenario.extras.filter((extra) => extra.backend !== 'legacy' && extra.kind !== 'nft'),
    ...someDrops,
  ],
  flows: scenario.flows.filter((flow) => flow.protocol !== 'tcp' && flow.length < 1200),
})

/**
 * The rule that ended a packet of this length, of every packet of which the trace of a stack says so. The kernel drops
 * messages when its buffer is full: of whom the last one that is left tells no end, nothing is known.
 */
function endingRules(trace: string, length: number): readonly string[] {
  const lengths = new Map<string, number>()
  const last = new Map<string, string>()
  for (const line of trace.split('\n')) {
    const packet = /^PACKET: \d+ ([0-9a-f]+) .*\bLEN=(\d+)/.exec(line)
    if (packet) lengths.set(packet[1]!, Number(packet[2]))
    const rule = /^ TRACE: \d+ ([0-9a-f]+) \S+:(?:rule|policy|return):\S+(?: +(?:-4 -t \S+ )?(.*))?$/.exec(
      line,
    )
    if (rule) last.set(rule[1]!, `${rule[2] ?? ''} ${line}`)
  }
  return [...last]
    .filter(
      ([id, rule]) => lengths.get(id) === length && /:(?:rule|policy):(?:0x[0-9a-f]+:)?DROP\b/.test(rule),
    )
    .map(([, rule]) => rule)
}

/** `--comment "a"` and `--comment a` are one; so are the ways to write a mark. */
const plain = (text: string): string => text.replaceAll('"', '').replace(/\s+/g, ' ')

test.each([11, 14, 16, 52, 57])(
  'network %i: the quoted rule is the one that the kernel names',
  async (seed) => {
    const scenario = withoutLegacy(makeScenario(seed, 40))
    const observed = await observe(scenario, true)
    const compiled = compileFabric(readFabric(observed.files, null).fabric)
    for (const flow of scenario.flows) {
      const { paths } = predict(compiled, flowOf(flow, false))
      const [path] = paths
      if (paths.length !== 1 || path?.verdict !== 'dropped' || !path.decision?.by.startsWith('-A ')) continue
      const stack = Number(path.stoppedAt?.replace('node/n', ''))
      const named = endingRules(observed.traces[stack] ?? '', flow.length)
      if (named.length === 0) continue
      expect(named.some((rule) => plain(rule).includes(plain(path.decision!.by)))).toBe(true)
      checked.push(path.decision.by)
    }
  },
)

const checked: string[] = []
test('and enough rules were checked', () => {
  expect(checked.length).toBeGreaterThan(10)
})
