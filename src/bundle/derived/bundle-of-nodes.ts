import { formatIp4 } from '../../model/address/address.ts'
import type { Gap } from '../../model/result/result.ts'
import { podStack, stackName, vpcStack, type StackId } from '../../model/stack/stack-id.ts'
import { BundleError, stackDirectory } from '../bundle.ts'
import type { Bundle, BundleStack, BundleWire } from '../bundle.ts'
import { derivedPodFiles } from './derived-pod.ts'
import type { DescribedNode } from './node-surroundings.ts'

/** The VPC around nodes of which only archives are known. */
export const unreadVpc = vpcStack('not-recorded')

const why =
  'not collected: derived from what the VPC CNI makes for every pod; its own iptables, neighbours and sysctls are not known'

/** A node as its own tools told of it, and where that was read. */
export interface ReadNode {
  readonly from: string
  readonly node: DescribedNode
}

/** Nodes as one snapshot: a stack for each as it was told, and one for every pod, marked as derived. Throws a BundleError `bad-file`. */
export function bundleOfNodes(nodes: readonly ReadNode[], created: string): Bundle {
  const stacks: BundleStack[] = []
  const wires: BundleWire[] = []
  const gaps: Gap[] = []
  const files = new Map<string, string>()
  const used = new Set<StackId>()
  const labels = new Set<string>()
  const add = (stack: BundleStack, parts: ReadonlyMap<string, string>): void => {
    used.add(stack.id)
    stacks.push(stack)
    for (const [name, text] of parts) files.set(`${stack.dir}/${name}`, text)
  }
  for (const { from, node } of nodes) {
    if (used.has(node.id))
      throw new BundleError('bad-file', from, `is of ${node.id}, as another one: give one of them a node`)
    add({ id: node.id, dir: stackDirectory(node.id) }, node.files)
    gaps.push(...node.gaps)
    const [host = ''] = stackName(node.id).split('.')
    const label = labels.has(host) ? stackName(node.id) : host
    labels.add(label)
    for (const { device, eni } of node.uplinks)
      wires.push({ a: [node.id, device], b: [unreadVpc, eni ?? `${device} of ${label}`] })
    for (const pod of node.pods) {
      const named = pod.name && podStack(pod.name.namespace, pod.name.name)
      const plain = `pod/${formatIp4(pod.address)}`
      const id =
        named !== null && !used.has(named) ? named : used.has(plain) ? `${plain} on ${node.id}` : plain
      add({ id, dir: stackDirectory(id), derived: why }, derivedPodFiles(pod))
      wires.push({ a: [id, 'eth0'], b: [node.id, pod.device] })
    }
    if (node.pods.length > 0)
      gaps.push({
        at: node.id,
        what: node.pods.length === 1 ? 'the stack of its pod' : `the stacks of its ${node.pods.length} pods`,
        because: why,
      })
  }
  return { index: { version: 1, created, stacks, wires, gaps }, files }
}
