/** The chains of iptables that a node should have, by table and name, and which of those that are there can be judged. */
import type { NotJudged } from '../../model/diagnosis/deviation.ts'
import type { FilterRule } from '../../model/stack/ruleset.ts'
import { kubeProxyIntent } from '../../intent/kube-proxy/intent.ts'
import type { ServicePort } from '../../intent/kube-proxy/service-port.ts'
import { mergeTables, type IptablesPart } from '../../intent/iptables-table.ts'
import { nodeIntent } from '../../intent/vpc-cni/node.ts'
import type { NodeFacts } from './node-facts.ts'

export interface ChainIntent {
  readonly rules: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  /** A chain whose every line is known beforehand. */
  readonly isJudged: (chain: string) => boolean
  /** A line that nobody can tell whether it should be there. */
  readonly isUnjudged: (rule: FilterRule, chain: string) => boolean
  readonly notJudged: readonly NotJudged[]
}

const cniChain = /^AWS-(SNAT|CONNMARK)-CHAIN-\d+$/
const proxyChain =
  /^KUBE-(SVC|SVL|SEP|EXT|FW)-|^KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES|FORWARD|POSTROUTING|MARK-MASQ|PROXY-FIREWALL)$/

export function intendedChains(facts: NodeFacts, services: readonly ServicePort[] | string): ChainIntent {
  const { stack } = facts
  const primary = facts.enis.find(({ deviceIndex }) => deviceIndex === 0)
  const cni: readonly IptablesPart[] | string =
    primary === undefined
      ? 'which ENIs the node has was not read'
      : facts.vpcCidrs.length === 0
        ? 'the prefixes of the VPC were not read'
        : !facts.environmentKnown
          ? 'the variables of aws-node were not read'
          : Object.values(partsOfCni(facts))
  const proxy = proxyMode(facts) ?? services
  const proxied: readonly IptablesPart[] | string =
    typeof proxy === 'string'
      ? proxy
      : kubeProxyIntent({
          services: proxy,
          nodeName: facts.name,
          ...(primary === undefined ? {} : { nodeAddress: primary.address }),
        })
  const parts = [cni, proxied].flatMap((part) => (typeof part === 'string' ? [] : part))
  const ofWhom = (name: string, chain: string): boolean => authorsChain(name).test(chain)
  const why = (what: string, because: readonly IptablesPart[] | string): readonly NotJudged[] =>
    typeof because === 'string' ? [{ at: stack.id, what, because }] : []
  return {
    rules: byTable(parts),
    isJudged: (chain) =>
      (typeof cni !== 'string' && ofWhom('cni', chain)) ||
      (typeof proxied !== 'string' && ofWhom('proxy', chain)),
    isUnjudged: ({ line, target }) =>
      (typeof cni === 'string' && (/"AWS,? /.test(line) || cniChain.test(target?.name ?? ''))) ||
      (typeof proxied === 'string' &&
        (/--comment "kubernetes /.test(line) || /^KUBE-/.test(target?.name ?? ''))),
    notJudged: [
      ...why('source NAT and connection marks of the VPC CNI', cni),
      ...why('the rules of kube-proxy', proxied),
    ],
  }
}

const authorsChain = (name: string): RegExp => (name === 'cni' ? cniChain : proxyChain)

const partsOfCni = (facts: NodeFacts) => {
  const { mangle, nat } = nodeIntent(facts).iptables
  return { mangle, nat }
}

/** A sentence where kube-proxy does not work by iptables, or nothing tells that it does. */
function proxyMode({ stack }: NodeFacts): string | null {
  if (stack.iptables === null) return 'the rules of iptables were not read'
  if (stack.links.some(({ name }) => name === 'kube-ipvs0')) return 'kube-proxy works by IPVS'
  if ((stack.nft ?? []).some(({ name }) => name === 'kube-proxy')) return 'kube-proxy works by nftables'
  const any = stack.iptables.some(({ tables }) =>
    tables.some(({ chains }) => chains.some(({ name }) => name.startsWith('KUBE-'))),
  )
  return any ? null : 'nothing of kube-proxy stands in iptables'
}

function byTable(parts: readonly IptablesPart[]): ChainIntent['rules'] {
  return new Map(
    mergeTables(...parts).map(({ table, rules }) => {
      const chains = new Map<string, string[]>()
      for (const rule of rules) {
        const name = /^-A (\S+)/.exec(rule)?.[1] ?? ''
        const list = chains.get(name)
        if (list) list.push(rule)
        else chains.set(name, [rule])
      }
      return [table, chains]
    }),
  )
}
