/** What kube-proxy makes of other services and endpoints, on every node. */
import { nodeFacts } from '../../diagnose/deviations/node-facts.ts'
import { intendedChains } from '../../diagnose/deviations/intended-chains.ts'
import { servicePortsOf } from '../../diagnose/deviations/service-ports.ts'
import { kubeProxyIntent } from '../../intent/kube-proxy/intent.ts'
import type { KubernetesObjects } from '../../model/fabric/kubernetes.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'
import { stackOf, withEdits, withNote, type World } from '../world.ts'
import { chainEdits, type Owner } from './write-chains.ts'

const owner: Owner = {
  ownsChain: (name) =>
    /^KUBE-(SVC|SVL|SEP|EXT|FW)-|^KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES|FORWARD|POSTROUTING|MARK-MASQ|PROXY-FIREWALL)$/.test(
      name,
    ),
  // Its jumps stand there whatever the services are.
  ownsLine: () => false,
}

/** @param objects with the services and endpoints as they will be */
export function proxiesAnew(world: World, objects: KubernetesObjects): World {
  const nodes = world.compiled.fabric.stacks.filter(({ id }) => stackKind(id) === 'node')
  return nodes.reduce((seen, { id }) => onNode(seen, objects, id), world)
}

function onNode(world: World, objects: KubernetesObjects, id: StackId): World {
  const stack = stackOf(world, id)
  const unknown = (because: string): World => withNote(world, { code: 'not-predicted', at: id, because })
  const services = servicePortsOf(objects)
  if (typeof services === 'string') return unknown(services)
  const facts = nodeFacts(stack, world.compiled.fabric, objects)
  if ('because' in facts) return unknown(facts.because)
  const proxied = intendedChains(facts, services).notJudged.find(
    ({ what }) => what === 'the rules of kube-proxy',
  )
  if (proxied !== undefined) return unknown(proxied.because)
  const primary = facts.enis.find(({ deviceIndex }) => deviceIndex === 0)
  const parts = kubeProxyIntent({
    services,
    nodeName: facts.name,
    ...(primary === undefined ? {} : { nodeAddress: primary.address }),
  })
  const ruleset = (stack.iptables ?? []).find(({ tables }) =>
    tables.some(({ chains }) => chains.some(({ name }) => name === 'KUBE-SERVICES')),
  )
  return ruleset === undefined
    ? unknown('nothing of kube-proxy stands in iptables')
    : withEdits(world, chainEdits(id, ruleset, parts, owner))
}
