/** Chains at a device: tables of the family netdev, the hook ingress of inet; and those of the family arp. */
import type { NftChain, NftRule, NftTable } from '../../../model/stack/nft.ts'
import type { CompiledLink, HookName, HookStep, Run } from '../../compiled/fabric.ts'
import { stop } from '../stop.ts'
import { goOn } from '../verdict.ts'

/** Before and after everything that the stack itself does. */
export const doubt = (label: string, because: string, meets: (run: Run) => boolean): HookStep => ({
  priority: -100_000,
  label,
  kind: 'filter',
  ask: (run) =>
    meets(run) && run.suppose('link', label, because) ? stop(run, 'unknown', 'link', label, because) : goOn,
})

const says = (chain: NftChain): boolean => chain.rules.length > 0 || chain.base?.policy === 'drop'

const isAt = (chain: NftChain, link: CompiledLink | null): boolean =>
  link !== null && (chain.base?.devices === undefined || chain.base.devices.includes(link.name))

export const touchesEither =
  (chain: NftChain) =>
  (run: Run): boolean =>
    isAt(chain, run.inLink) || isAt(chain, run.outLink)

/** Rules on ARP decide whether a neighbour is found at all, and what they say of it is not modelled. */
export function arpSteps(table: NftTable): readonly { readonly hook: HookName; readonly step: HookStep }[] {
  const onWire = (link: CompiledLink | null): boolean => link !== null && !link.loopback
  return table.chains
    .filter((chain) => chain.base !== null && says(chain))
    .flatMap((chain) => {
      const step = doubt(`nft arp ${table.name} ${chain.name}`, 'rules on ARP are not modelled', (run) =>
        onWire(run.outLink ?? run.inLink),
      )
      return [
        { hook: 'prerouting', step },
        { hook: 'postrouting', step },
      ] as const
    })
}

/** What only packets of IP can meet: an ARP request has no such header, and the rule ends there (nft_payload.c). */
const ofIp = /"protocol":"(?:ip|ip6|tcp|udp|icmp|icmpv6|th)"|"l4proto"/
const stops = /"(?:drop|reject|jump|goto|vmap|fwd|dup|xt|queue|synproxy|tproxy)"/

const sparesArp = (rule: NftRule): boolean => {
  const text = JSON.stringify(rule.expressions)
  return !/"(?:ct|fwd|dup|tunnel|exthdr|ether|vlan|arp)"/.test(text) && (!stops.test(text) || ofIp.test(text))
}

/**
 * The chains of a table that hook at a device, and where among the hooks of IP they are asked. `touches` null: they may stop ARP
 * as well, so that more depends on them than this packet.
 */
export function deviceChains(table: NftTable): readonly {
  readonly chain: NftChain
  readonly hook: HookName
  readonly touches: ((run: Run) => boolean) | null
}[] {
  const spares = table.chains.every((chain) => chain.base?.policy !== 'drop' && chain.rules.every(sparesArp))
  return table.chains.flatMap((chain) => {
    const hook = chain.base?.hook
    if ((hook !== 'ingress' && hook !== 'egress') || !says(chain)) return []
    // nft before 1.0.8 prints no device: then it may be any.
    const touches =
      spares && chain.base?.devices !== undefined
        ? (run: Run): boolean => isAt(chain, hook === 'ingress' ? run.inLink : run.outLink)
        : null
    return [{ chain, hook: hook === 'ingress' ? 'prerouting' : 'postrouting', touches }] as const
  })
}
