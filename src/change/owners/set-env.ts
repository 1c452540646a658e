/**
 * `--set-env daemonset/aws-node KEY=VALUE`: aws-node starts anew on every node, and writes what its variables then say
 * (UpdateHostIptablesRules, SetupHostNetwork in pkg/networkutils/network.go).
 */
import { nftDeviations } from '../../diagnose/deviations/nft.ts'
import { nodeFacts, type NodeFacts } from '../../diagnose/deviations/node-facts.ts'
import { nodeIntent, type NodeIntent } from '../../intent/vpc-cni/node.ts'
import { settingsFromEnvironment } from '../../intent/vpc-cni/settings.ts'
import { readRulesText } from '../../linux/ip/rule.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import type { Pod } from '../../model/fabric/kubernetes.ts'
import type { PolicyRule } from '../../model/stack/rule.ts'
import { stackKind } from '../../model/stack/stack-id.ts'
import { badOption, badValue, ChangeError, lacking, notRead, notThere } from '../change-error.ts'
import { stackOf, withEdits, withNote, type World } from '../world.ts'
import { chainEdits, type Owner } from './write-chains.ts'

/** What decides about packets of pods that are there already. */
const deciding = new Set([
  'AWS_VPC_K8S_CNI_EXTERNALSNAT',
  'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS',
  'AWS_VPC_K8S_CNI_RANDOMIZESNAT',
  'AWS_VPC_K8S_CNI_CONNMARK',
  'AWS_VPC_CNI_NODE_PORT_SUPPORT',
  'AWS_EXTERNAL_SERVICE_CIDRS',
])
/** What decides about pods that come later alone: how many addresses are kept, names and sizes of interfaces. */
const ofLater =
  /^(AWS_VPC_K8S_CNI_(VETHPREFIX|LOGLEVEL|LOG_FILE)|AWS_VPC_ENI_MTU|POD_MTU|(WARM|MINIMUM)_(ENI|IP|PREFIX)_TARGET|MAX_ENI|AWS_VPC_K8S_PLUGIN_LOG_(LEVEL|FILE)|DISABLE_(INTROSPECTION|METRICS)|ENABLE_PREFIX_DELEGATION)$/

type Environment = Readonly<Record<string, string>>

/** @param assignments `KEY=VALUE`, or `KEY-` which takes it away */
export function setEnvironment(world: World, object: string, assignments: readonly string[]): World {
  if (!/^(ds|daemonset|daemonsets)\/aws-node$/.test(object)) throw badValue('--set-env', object)
  if (assignments.length === 0) throw lacking('KEY=VALUE')
  const changed = assignments.map(readAssignment)
  const { objects } = world
  if (objects === null || objects.missing.includes('pods'))
    throw notRead('kubernetes/pods.json', 'kubernetes')
  if (!objects.pods.some(isAwsNode)) throw notThere('daemonset/aws-node', 'kubernetes')
  const renewed = (pod: Pod): Pod =>
    isAwsNode(pod)
      ? {
          ...pod,
          ...(pod.containers === undefined
            ? {}
            : {
                containers: pod.containers.map((one) =>
                  one.name === 'aws-node'
                    ? { ...one, environment: withChanges(one.environment ?? {}, changed) }
                    : one,
                ),
              }),
        }
      : pod
  const after: World = { ...world, objects: { ...objects, pods: objects.pods.map(renewed) } }
  const noted = changed
    .filter(({ name }) => ofLater.test(name))
    .reduce((seen, { name }) => withNote(seen, { code: 'later-pods', what: name }), after)
  const nodes = world.compiled.fabric.stacks.filter(({ id }) => stackKind(id) === 'node')
  return nodes.reduce((seen, { id }) => startsAnew(world, seen, id), noted)
}

const isAwsNode = ({ namespace, labels }: Pod): boolean =>
  namespace === 'kube-system' && labels['k8s-app'] === 'aws-node'

interface Assignment {
  readonly name: string
  /** Null: it is taken away. */
  readonly value: string | null
}

function readAssignment(text: string): Assignment {
  const removed = /^([A-Za-z_][A-Za-z0-9_]{0,100})-$/.exec(text)?.[1]
  const [, set, value = ''] = /^([A-Za-z_][A-Za-z0-9_]{0,100})=(.{0,2000})$/.exec(text) ?? []
  const name = removed ?? set
  if (name === undefined) throw badOption(text)
  if (!deciding.has(name) && !ofLater.test(name)) throw new ChangeError({ code: 'variable', name })
  const { problems } = settingsFromEnvironment({ [name]: value }, [1, 23, 1], 'nft')
  const [problem] = problems
  // aws-node would go on with its default; whoever typed it meant something else.
  if (removed === undefined && problem !== undefined) throw badValue(name, problem.value)
  return { name, value: removed === undefined ? value : null }
}

function withChanges(environment: Environment, changed: readonly Assignment[]): Environment {
  const all = new Map(Object.entries(environment))
  for (const { name, value } of changed)
    if (value === null) all.delete(name)
    else all.set(name, value)
  return Object.fromEntries(all)
}

function startsAnew(before: World, seen: World, id: string): World {
  const was = nodeFacts(stackOf(before, id), before.compiled.fabric, before.objects)
  const facts = nodeFacts(stackOf(seen, id), seen.compiled.fabric, seen.objects)
  const because =
    'because' in facts
      ? facts.because
      : 'because' in was || !was.environmentKnown
        ? 'the variables of aws-node were not read'
        : whyUnknown(facts)
  if ('because' in facts || 'because' in was || because !== null)
    return withNote(seen, { code: 'not-predicted', at: id, because: because ?? '' })
  return withEdits(seen, editsOf(facts, nodeIntent(was), nodeIntent(facts)))
}

function whyUnknown({ enis, vpcCidrs, stack }: NodeFacts): string | null {
  if (!enis.some(({ deviceIndex }) => deviceIndex === 0)) return 'which ENIs the node has was not read'
  if (vpcCidrs.length === 0) return 'the prefixes of the VPC were not read'
  if (stack.iptables === null) return 'the rules of iptables were not read'
  return stack.rules === null ? 'the policy rules were not read' : null
}

const owner: Owner = {
  ownsChain: (name) => /^AWS-(SNAT|CONNMARK)-CHAIN-\d+$/.test(name),
  ownsLine: (line) => /--comment "?AWS\b/.test(line),
}

function editsOf(facts: NodeFacts, before: NodeIntent, after: NodeIntent): readonly Edit[] {
  const { stack } = facts
  const { backend, mangle, nat } = after.iptables
  const ruleset = (stack.iptables ?? []).find((one) => one.backend === backend)
  return [
    ...ruleEdits(facts, before, after),
    ...(ruleset === undefined ? [] : chainEdits(stack.id, ruleset, [mangle, nat], owner)),
    ...markEdits(facts, before, after),
  ]
}

function ruleEdits({ stack }: NodeFacts, before: NodeIntent, after: NodeIntent): readonly Edit[] {
  const rulesOf = ({ rules }: NodeIntent): readonly PolicyRule[] =>
    rules.flatMap(({ priority, line }) => readRulesText(`${priority}: ${line}`, 4).value)
  const present = stack.rules ?? []
  const same = (one: PolicyRule, other: PolicyRule): boolean => one.line === other.line
  const wanted = rulesOf(after)
  return [
    ...rulesOf(before)
      .filter((rule) => !wanted.some((one) => same(one, rule)))
      .flatMap((rule): readonly Edit[] => {
        const there = present.find((one) => same(one, rule))
        return there === undefined ? [] : [{ stack: stack.id, kind: 'rule', before: there, after: null }]
      }),
    ...wanted
      .filter((rule) => !present.some((one) => same(one, rule)))
      .map((rule): Edit => ({ stack: stack.id, kind: 'rule', before: null, after: rule })),
  ]
}

/** Its own table of nftables, where its release has one: written anew where it would be another one. */
function markEdits(facts: NodeFacts, before: NodeIntent, after: NodeIntent): readonly Edit[] {
  const { stack } = facts
  if (before.nft === after.nft || stack.nft === null) return []
  const table = stack.nft.find(({ family, name }) => family === 'ip' && name === 'aws-cni')
  if (after.nft === null)
    return table === undefined ? [] : [{ stack: stack.id, kind: 'nft-table', before: table, after: null }]
  return nftDeviations(facts)
    .filter(({ what }) => what === 'connection-mark')
    .flatMap(({ edits }) => edits)
}
