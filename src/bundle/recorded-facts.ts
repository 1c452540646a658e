import { listAt, textAt } from '../edge/fields.ts'
import { jsonValue } from '../edge/json.ts'
import { deploymentOf } from '../kubernetes/deployment-of.ts'
import { factsOf, lists, type ClusterFacts, type ListName } from '../kubernetes/facts.ts'
import type { Bundle } from './bundle.ts'
import { recordedList } from './recorded-list.ts'

const isListName = (name: string): name is ListName => Object.hasOwn(lists, name)

/** What a snapshot recorded of Kubernetes; null where it recorded no pods, as of plain namespaces. */
export function recordedFacts(bundle: Bundle): ClusterFacts | null {
  if (!bundle.files.has('kubernetes/pods.json')) return null
  const names = Object.keys(lists)
    .filter(isListName)
    .filter((name) => bundle.files.has(`kubernetes/${name}.json`))
  return factsOf(new Map(names.map((name) => [name, recordedList(bundle, name)])), [])
}

/** It runs, and packets can be sent to it. */
export const isUp = (pod: ClusterFacts['pods'][number]): boolean =>
  pod.phase === 'Running' && pod.addresses.length > 0

/** The deployments that running pods are of, as `NAMESPACE/NAME`, each with its pods' names. */
export function deploymentsOf(facts: ClusterFacts): ReadonlyMap<string, readonly string[]> {
  const running = new Set(facts.pods.filter(isUp).map((pod) => `${pod.namespace}/${pod.name}`))
  const found = new Map<string, string[]>()
  for (const pod of facts.raw.get('pods') ?? []) {
    const deployment = deploymentOf(pod)
    const namespace = textAt(pod, 'metadata', 'namespace') ?? ''
    const name = textAt(pod, 'metadata', 'name') ?? ''
    if (deployment === null || !running.has(`${namespace}/${name}`)) continue
    const key = `${namespace}/${deployment}`
    found.set(key, [...(found.get(key) ?? []), name])
  }
  return found
}

/** What a name of the DNS is by what was recorded: an end as a user would type it. */
export interface KnownName {
  readonly name: string
  readonly end: string
}

/**
 * The names that a snapshot knows the addresses of: services (kubernetes.io, "DNS for Services and Pods"), nodes, and what EC2
 * calls its ENIs. A public name of EC2 leads to the private address when it is asked for inside the VPC (Amazon VPC user
 * guide, "DNS attributes for your VPC").
 */
export function recordedNames(bundle: Bundle, facts: ClusterFacts): readonly KnownName[] {
  const services = facts.services.map(({ namespace, name }) => ({
    name: `${name}.${namespace}.svc.cluster.local`,
    end: `svc/${namespace}/${name}`,
  }))
  const nodes = facts.nodes.map(({ name }) => ({ name, end: `node/${name}` }))
  const enis = networkInterfaces(bundle).flatMap((eni) =>
    listAt(eni, 'PrivateIpAddresses').flatMap((one) => {
      const end = textAt(one, 'PrivateIpAddress')
      const names = [textAt(one, 'PrivateDnsName'), textAt(one, 'Association', 'PublicDnsName')]
      return end === undefined
        ? []
        : names.flatMap((name) => (name === undefined || name === '' ? [] : [{ name, end }]))
    }),
  )
  return [...services, ...nodes, ...enis]
}

function networkInterfaces(bundle: Bundle): readonly unknown[] {
  const text = bundle.files.get('ec2/network-interfaces.json')
  // What cannot be read is among the gaps that reading the bundle has named.
  return text === undefined ? [] : listAt(jsonValue(text), 'NetworkInterfaces')
}
