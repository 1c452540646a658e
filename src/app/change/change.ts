/** What a change would do to who reaches whom; or what is otherwise between two snapshots. Nothing is sent, nothing is changed. */
import { runAws } from '../../change/aws/run-aws.ts'
import { ChangeError } from '../../change/change-error.ts'
import { applyDocuments } from '../../change/kubernetes/apply.ts'
import { readDocuments } from '../../change/kubernetes/documents.ts'
import { setEnvironment } from '../../change/owners/set-env.ts'
import { PairComparison } from '../../change/pairs/compare.ts'
import { runCommand } from '../../change/typed/run-command.ts'
import { withEdits, worldOf, type World } from '../../change/world.ts'
import { ClusterError } from '../../cluster/api/cluster-error.ts'
import { isLost } from '../../diagnose/causes/trial.ts'
import type { Breath } from '../../edge/breath.ts'
import { nearest } from '../../endpoints/resolve.ts'
import type { CompiledFabric } from '../../forward/compiled/fabric.ts'
import { createPolicyForwarder } from '../../forward/kubernetes/policy-forwarder.ts'
import { Budget, matrixSteps } from '../../forward/run/budget.ts'
import { predict, type Flow } from '../../forward/walk/predict.ts'
import type { Predictor } from '../../forward/walk/predictor.ts'
import type { Language } from '../../i18n/language.ts'
import { deploymentsOf, recordedFacts } from '../../bundle/recorded-facts.ts'
import { enforcesPolicies } from '../../kubernetes/policy-agent.ts'
import type { KubernetesObjects } from '../../model/fabric/kubernetes.ts'
import { protocolTowards } from '../../model/packet/packet.ts'
import type { ChangeResult, PairChanges } from '../../model/result/change.ts'
import type { RunResult } from '../../model/result/result.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { ReadSnapshot } from '../../inventory/read-snapshot.ts'
import { judgeExpectations } from './expectations.ts'
import { changePairs, portsOfEdits, type NamedPort } from './pairs.ts'
import { groupCauses, unlikeEdits } from '../../diagnose/group-causes.ts'
import type { Expectation } from './read-expectations.ts'
import { usualPairs, type Pair, type PairSource } from '../usual-pairs.ts'

/** What is to be changed: each kind in the order in which it was given, the kinds in the order of the members. */
export interface Changes {
  /** Texts of YAML, with the file that each is of. */
  readonly apply: readonly { readonly file: string; readonly text: string }[]
  /** `daemonset/aws-node`, then `KEY=VALUE`; empty: none. */
  readonly setEnv: readonly string[]
  readonly run: readonly string[]
  /** Nodes and pods that `run` is typed on, as a user names them. */
  readonly on: readonly string[]
  readonly aws: readonly string[]
  /** Codes of causes whose cure is tried. */
  readonly cure: readonly string[]
}

export interface ChangeInput {
  readonly before: ReadSnapshot
  readonly source: RunResult['source']
  readonly change:
    | { readonly kind: 'edits'; readonly changes: Changes; readonly namespace: string }
    | { readonly kind: 'snapshot'; readonly after: ReadSnapshot; readonly source: RunResult['source'] }
  readonly expectations: readonly Expectation[]
  readonly language: Language
  readonly started: number
  /** Pauses between pairs. Rejects with its signal's reason. */
  readonly breath: Breath
}

/** Rejects with a ChangeError, and with a ClusterError for an end of an expectation that is not there. */
export async function change(input: ChangeInput): Promise<ChangeResult> {
  const { before, breath, started } = input
  const world =
    input.change.kind === 'edits'
      ? await edited(input, input.change.changes, input.change.namespace)
      : worldOf(input.change.after.predictor.compiled, input.change.after.predictor.objects)
  const was = worldOf(before.predictor.compiled, before.predictor.objects)
  const named = portsOfEdits(world.edits, changedPolicies(was.objects, world.objects))
  const compared = pairsOf(was, world, named, input.change.kind === 'edits')
  const changes = await compare(compared.pairs, was.compiled, world.compiled, breath)
  const held = await judgeExpectations(
    input.expectations,
    { read: before, world: was },
    { read: input.change.kind === 'edits' ? before : input.change.after, world },
    breath,
  )
  const unenforced = world.notes.some(({ code }) => code === 'not-enforced')
  return {
    version: 1,
    source: input.source,
    after: input.change.kind === 'edits' ? null : input.change.source,
    verdict: held.some(({ state }) => state === 'broken')
      ? 'disagrees'
      : held.some(({ state }) => state === 'undecided')
        ? 'unknown'
        : 'delivered',
    startedAt: new Date(started).toISOString(),
    durationMs: Date.now() - started,
    edits: world.edits,
    notes: world.notes,
    pairs: compared.pairs.length,
    onlyBefore: compared.onlyBefore,
    onlyAfter: compared.onlyAfter,
    ...changes,
    ...(unenforced
      ? { ifEnforced: await compare(compared.pairs, enforced(was), enforced(world), breath) }
      : {}),
    expectations: held,
    gaps: [
      ...before.predictor.gaps,
      ...(input.change.kind === 'snapshot' ? input.change.after.predictor.gaps : []),
      ...world.notes.flatMap((note) =>
        note.code === 'not-predicted'
          ? [{ at: note.at, what: 'what would be written there', because: note.because }]
          : [],
      ),
    ],
  }
}

async function edited({ before, breath }: ChangeInput, changes: Changes, namespace: string): Promise<World> {
  const { predictor, bundle } = before
  const facts = recordedFacts(bundle)
  let world = worldOf(predictor.compiled, predictor.objects)
  const documents = changes.apply.flatMap(({ text }) => readDocuments(text))
  if (documents.length > 0)
    world = applyDocuments(world, documents, {
      namespace,
      deployments: facts === null ? new Map() : deploymentsOf(facts),
    })
  const [object, ...assignments] = changes.setEnv
  if (object !== undefined) world = setEnvironment(world, object, assignments)
  const stacks = changes.on.map((typed) => stackNamed(predictor, typed))
  for (const command of changes.run) for (const stack of stacks) world = runCommand(world, stack, command)
  for (const command of changes.aws) world = runAws(world, command)
  if (changes.cure.length === 0) return world
  const failing = usualPairs(predictor).filter(({ flow }) => predictor.predict(flow).paths.some(isLost))
  const { groups } = await groupCauses(
    predictor,
    failing,
    breath,
    new Budget(matrixSteps(predictor.characters)),
  )
  const found = [...new Set(groups.map(({ cause }) => cause.code))]
  for (const code of changes.cure) {
    const causes = groups.map(({ cause }) => cause).filter((cause) => cause.code === code)
    if (causes.length === 0) throw new ChangeError({ code: 'no-cause', cause: code, found })
    if (causes.every(({ edits }) => edits.length === 0))
      throw new ChangeError({ code: 'no-cure', cause: code })
    world = withEdits(world, unlikeEdits(causes.flatMap(({ edits }) => edits)))
  }
  return world
}

/** `node/NAME`, `NAME`, `pod/NAMESPACE/NAME`, `NAMESPACE/NAME`. */
function stackNamed({ fabric }: Predictor, typed: string): StackId {
  const ids = fabric.stacks.map(({ id }) => id)
  const found = [typed, `node/${typed}`, `pod/${typed}`, `pod/default/${typed}`].find((id) =>
    ids.includes(id),
  )
  if (found !== undefined) return found
  const near = nearest(typed, ids)
  throw new ClusterError(
    'no-such-endpoint',
    `--on ${typed}: no node or pod of the snapshot is called so${near.length === 0 ? '' : `; near it: ${near.join(', ')}`}`,
  )
}

const sourceOf = ({ compiled, objects }: World): PairSource => ({ fabric: compiled.fabric, objects })

/** Policies that only one of the states has. */
const changedPolicies = (
  before: KubernetesObjects | null,
  after: KubernetesObjects | null,
): KubernetesObjects['networkPolicies'] => {
  const known = new Set(before?.networkPolicies)
  return (after?.networkPolicies ?? []).filter((one) => !known.has(one))
}

interface Both {
  readonly from: string
  readonly to: string
  readonly before: Flow
  readonly after: Flow
}

interface Compared {
  readonly pairs: readonly Both[]
  readonly onlyBefore: readonly string[]
  readonly onlyAfter: readonly string[]
}

const keyOf = ({ name, flow }: Pair): string => `${name} ${flow.protocol}/${flow.destinationPort ?? ''}`

/** @param oneSnapshot an end that only one state has is asked for in the other by the same address */
function pairsOf(was: World, is: World, named: readonly NamedPort[], oneSnapshot: boolean): Compared {
  const before = new Map(changePairs(sourceOf(was), named).map((pair) => [keyOf(pair), pair]))
  const after = new Map(changePairs(sourceOf(is), named).map((pair) => [keyOf(pair), pair]))
  const pairs: Both[] = []
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const one = before.get(key) ?? (oneSnapshot ? after.get(key) : undefined)
    const other = after.get(key) ?? (oneSnapshot ? before.get(key) : undefined)
    if (one !== undefined && other !== undefined)
      pairs.push({ from: one.from, to: one.to, before: one.flow, after: other.flow })
  }
  const ends = (all: ReadonlyMap<string, Pair>): ReadonlySet<string> =>
    new Set([...all.values()].flatMap(({ from, to }) => [from, to]))
  const [old, now] = [ends(before), ends(after)]
  return {
    pairs,
    onlyBefore: oneSnapshot ? [] : [...old].filter((end) => !now.has(end)),
    onlyAfter: oneSnapshot ? [] : [...now].filter((end) => !old.has(end)),
  }
}

const towards = (flow: Flow): Flow => ({ ...flow, protocol: protocolTowards(flow.to, flow.protocol) })

async function compare(
  pairs: readonly Both[],
  before: CompiledFabric,
  after: CompiledFabric,
  breath: Breath,
): Promise<PairChanges> {
  const comparison = new PairComparison()
  for (const pair of pairs) {
    comparison.add(pair, predict(before, towards(pair.before)), predict(after, towards(pair.after)))
    if (breath.isDue) await breath.take()
  }
  return comparison.result
}

/** The same where somebody did what the policies say. */
const enforced = ({ compiled, objects }: World): CompiledFabric =>
  objects === null || enforcesPolicies(objects)
    ? compiled
    : {
        ...compiled,
        surroundings: { ...compiled.surroundings, policy: createPolicyForwarder(objects) },
      }
