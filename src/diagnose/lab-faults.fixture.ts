/** What was typed into a recorded lab, as a predictor; and who is who in it. */
import { worldOf, withStack, type World } from '../change/world.ts'
import { predict, type Flow } from '../forward/walk/predict.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import { readIptablesSave } from '../linux/netfilter/iptables-save.ts'
import type { Ip } from '../model/address/address.ts'
import { ICMP } from '../model/packet/packet.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import { recordedLab, type RecordedMode } from './recorded.fixture.ts'

export interface FixturePod {
  readonly stack: StackId
  readonly address: Ip
}

export interface LabFixture {
  readonly healthy: World
  readonly node: (n: number) => StackId
  /** The tutorial's pod of that node. */
  readonly pod: (n: number) => FixturePod
  /** CoreDNS, on a later ENI of its node. */
  readonly dns: (n: number) => FixturePod
  /** A whole ruleset in a stack that has none, as `iptables-save` prints it. */
  readonly withRules: (stack: StackId, ...save: readonly string[]) => World
  readonly predictorOf: (world: World) => Predictor
}

export async function labFixture(mode: RecordedMode): Promise<LabFixture> {
  const recorded = await recordedLab(mode)
  const healthy = worldOf(recorded.compiled, recorded.objects)
  const podWith = (name: RegExp, n: number): FixturePod => {
    const found = healthy.objects!.pods.find(
      (one) => name.test(one.name) && one.nodeName?.startsWith(`ip-192-168-${n}-`),
    )!
    return { stack: `pod/${found.namespace}/${found.name}`, address: found.addresses[0]! }
  }
  return {
    healthy,
    node: (n) => healthy.compiled.fabric.stacks.find(({ id }) => id.startsWith(`node/ip-192-168-${n}-`))!.id,
    pod: (n) => podWith(/netshoot/, n),
    dns: (n) => podWith(/coredns/, n),
    withRules: (stack, ...save) => {
      const bare = healthy.compiled.stacks.get(stack)!.stack
      return withStack(healthy, { ...bare, iptables: readIptablesSave(save.join('\n'), 4).value })
    },
    predictorOf: ({ compiled, objects }) => ({
      ...recorded,
      fabric: compiled.fabric,
      compiled,
      objects,
      has: (id) => compiled.stacks.has(id),
      predict: (flow, allowance) => predict(compiled, flow, allowance),
    }),
  }
}

export const ping = (from: Pick<FixturePod, 'stack'>, to: Pick<FixturePod, 'address'>): Flow => ({
  from: from.stack,
  to: to.address,
  protocol: ICMP,
  fresh: true,
})

export const dotted = (address: Ip): string =>
  [24, 16, 8, 0].map((bits) => (Number(address) >>> bits) & 255).join('.')
