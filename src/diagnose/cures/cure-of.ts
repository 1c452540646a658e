/** What to type to make an edit, where, how to take it back, and what brings its owner to make it. */
import type { Cause } from '../../model/diagnosis/diagnosis.ts'
import type { Cure } from '../../model/diagnosis/cure.ts'
import { inverseOf, isStackEdit, type Edit, type StackEdit } from '../../model/fabric/edit.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import { stackKind, stackName, type StackId } from '../../model/stack/stack-id.ts'
import { externalSnatOff, listedCidrs } from '../causes/setting-refusals.ts'
import { commandsOf } from './command-of-edit.ts'

const restartAgent = 'kubectl -n kube-system rollout restart daemonset/aws-node'
const restartProxy = 'kubectl -n kube-system rollout restart daemonset/kube-proxy'

/** Null: no command makes the edit, and nobody can be brought to. */
export function cureOf({ code, edits, at, by, missing }: Cause, fabric: Fabric): Cure | null {
  if (missing === externalSnatOff) return settingCure(externalSnatOff, 'true')
  if (code === 'METADATA_HOP_LIMIT') return hopLimitCure(/^(i-[0-9a-f]+): /.exec(by ?? '')?.[1])
  const listed = Object.values(listedCidrs).find((name) => missing?.startsWith(`${name}=`) === true)
  if (listed !== undefined && missing !== null) {
    const kept = missing.slice(listed.length + 1)
    const taken = / -d (\S+)| to (\S+)/.exec(by ?? '')
    return settingCure(missing, [kept, taken?.[1] ?? taken?.[2]].filter(Boolean).join(','))
  }
  const typed = edits.map((edit) => atHost(edit, fabric))
  const inPods = inPodsAlone(edits)
  const owner = inPods.length > 0 ? inPods.map(deletion) : ownersOf(code, edits, at, fabric)
  const [first] = typed
  const commands = typed.flatMap((edit) => (reachable(edit) ? commandsOf(edit, fabric) : []))
  if (first === undefined || (commands.length === 0 && owner.length === 0)) return null
  return {
    place: isStackEdit(first) ? { kind: 'node', stack: first.stack } : { kind: 'anywhere' },
    // One parameter sets those of all interfaces with it.
    commands: code === 'IP_FORWARD_OFF' ? commands.slice(0, 1) : commands,
    undo:
      code === 'IP_FORWARD_OFF'
        ? typed.slice(0, 1).flatMap((edit) => commandsOf(inverseOf(edit), fabric))
        : typed.toReversed().flatMap((edit) => (reachable(edit) ? commandsOf(inverseOf(edit), fabric) : [])),
    owner,
  }
}

/** Two: from the service to the node, and from there to the pod. */
function hopLimitCure(instance: string | undefined): Cure | null {
  if (instance === undefined) return null
  const set = (limit: number): string =>
    `aws ec2 modify-instance-metadata-options --instance-id ${instance} --http-put-response-hop-limit ${limit}`
  return { place: { kind: 'anywhere' }, commands: [set(2)], undo: [set(1)], owner: [] }
}

/** aws-node writes its rules anew when it starts with another environment. */
const settingCure = (assignment: string, before: string): Cure => {
  const [name = '', value = ''] = assignment.split('=')
  const set = (to: string): string => `kubectl -n kube-system set env daemonset/aws-node ${name}=${to}`
  return {
    place: { kind: 'anywhere' },
    commands: [set(value)],
    undo: [set(before)],
    owner: [],
  }
}

/** The pods that all of the edits are in: each is made anew by the kubelet and the CNI plugin, with a network of its own. */
function inPodsAlone(edits: readonly Edit[]): readonly StackId[] {
  const pods = edits.flatMap((edit) =>
    isStackEdit(edit) && stackKind(edit.stack) === 'pod' ? [edit.stack] : [],
  )
  return pods.length === edits.length ? [...new Set(pods)] : []
}

function deletion(pod: StackId): string {
  const [namespace = '', name = ''] = stackName(pod).split('/')
  return `kubectl -n ${namespace} delete pod ${name}`
}

/** A pod has no right to change its own network: nothing is typed there. */
const reachable = (edit: Edit): boolean => !isStackEdit(edit) || stackKind(edit.stack) !== 'pod'

/** A pod's neighbour that has the wrong address is mended at the node's end of the wire, which gets the address back. */
function atHost(edit: Edit, fabric: Fabric): Edit {
  if (!isStackEdit(edit) || edit.kind !== 'neighbour' || stackKind(edit.stack) !== 'pod') return edit
  const mac = edit.before?.mac ?? null
  const end = endOf(edit.stack, fabric)
  const link = fabric.stacks
    .find(({ id }) => id === end?.stack)
    ?.links.find(({ name }) => name === end?.interface)
  if (mac === null || end === undefined || link === undefined) return edit
  return { stack: end.stack, kind: 'link', before: link, after: { ...link, mac } } satisfies StackEdit
}

/** The node's end of a pod's wire. */
const endOf = (pod: StackId, { wires }: Fabric) =>
  wires.flatMap(({ a, b }) => (a.stack === pod ? [b] : b.stack === pod ? [a] : []))[0]

/** aws-node writes at its start what is of the node, the CNI plugin at a pod's what is of the pod (SetupHostNetwork, driver.go). */
function ownersOf(
  code: Cause['code'],
  edits: readonly Edit[],
  at: StackId,
  fabric: Fabric,
): readonly string[] {
  switch (code) {
    case 'SNAT_MISSING':
    case 'SNAT_WRONG':
    case 'CONNECTION_MARK_WRONG':
    case 'MARK_RULE_MISSING':
    case 'ENI_RULE_MISSING':
    case 'ENI_ROUTE_MISSING':
      return [restartAgent]
    case 'KUBE_PROXY_RULE_MISSING':
    case 'KUBE_PROXY_RULE_WRONG':
      return [restartProxy]
    case 'POD_ROUTE_MISSING':
    case 'POD_ROUTE_WRONG':
    case 'POD_RULE_MISSING':
    case 'SOURCE_RULE_MISSING':
    case 'POD_LINK_DOWN':
    case 'DEFAULT_ROUTE_MISSING':
    case 'GATEWAY_ROUTE_MISSING':
    case 'GATEWAY_NEIGHBOUR_WRONG':
      return podsOf(edits, at, fabric).map(deletion)
    default:
      return []
  }
}

/** The pods that the edits are about: where they stand, or whose address they name. */
function podsOf(edits: readonly Edit[], at: StackId, fabric: Fabric): readonly StackId[] {
  if (stackKind(at) === 'pod') return [at]
  const addresses = new Set(
    edits.flatMap((edit) =>
      edit.kind === 'route'
        ? [(edit.after ?? edit.before)?.destination.address]
        : edit.kind === 'rule'
          ? [(edit.after ?? edit.before)?.to?.address, (edit.after ?? edit.before)?.from?.address]
          : [],
    ),
  )
  return fabric.stacks
    .filter(
      ({ id, links }) =>
        stackKind(id) === 'pod' &&
        links.some((link) => link.addresses.some(({ address }) => addresses.has(address))),
    )
    .map(({ id }) => id)
    .slice(0, 1)
}
