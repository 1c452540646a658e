/** A compiled fabric after edits, without compiling it anew: what is not touched is shared, and the fabric itself is not changed. */
import {
  isStackEdit,
  type Edit,
  type KubernetesEdit,
  type StackEdit,
  type VpcEdit,
} from '../../model/fabric/edit.ts'
import type { NetworkPolicy } from '../../model/fabric/kubernetes.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { CompiledFabric, CompiledStack, StackTable } from '../compiled/fabric.ts'
import { editStack } from './edit-stack.ts'
import { editVpc } from './edit-vpc.ts'
import { recompileStack } from './recompile-stack.ts'

/**
 * The fabric after the edits, one after the other: the index of a later one counts what earlier ones left. An edit of something
 * that was not read changes nothing.
 */
export const applyEdits = (fabric: CompiledFabric, edits: readonly Edit[]): CompiledFabric =>
  edits.reduce(applyEdit, fabric)

function applyEdit(fabric: CompiledFabric, edit: Edit): CompiledFabric {
  if (isStackEdit(edit)) return onStack(fabric, edit)
  return edit.kind === 'network-policy' ? onPolicies(fabric, edit) : onVpc(fabric, edit)
}

function onStack(fabric: CompiledFabric, edit: StackEdit): CompiledFabric {
  const before = fabric.stacks.get(edit.stack)
  if (before === undefined) return fabric
  const model = editStack(before.stack, edit)
  const { stack, parts } = recompileStack(before, model, edit, fabric.replaced?.parts ?? new Map())
  const changed = new Map(fabric.replaced?.stacks).set(stack.id, stack)
  const { stacks } = fabric.fabric
  return {
    ...fabric,
    fabric: { ...fabric.fabric, stacks: stacks.with(stacks.indexOf(before.stack), model) },
    stacks: new EditedStacks(untouched(fabric.stacks), changed),
    replaced: { stacks: changed, parts },
  }
}

function onVpc(fabric: CompiledFabric, edit: VpcEdit): CompiledFabric {
  const { vpc } = fabric.fabric
  const { surroundings } = fabric
  const of = surroundings.vpc?.of
  if (vpc === null || of === undefined) return fabric
  const edited = editVpc(vpc, edit)
  return {
    ...fabric,
    fabric: { ...fabric.fabric, vpc: edited },
    surroundings: { ...surroundings, vpc: of(edited) },
  }
}

function onPolicies(fabric: CompiledFabric, { before, after }: KubernetesEdit): CompiledFabric {
  const { policy } = fabric.surroundings
  if (policy?.of === undefined) return fabric
  const kept: readonly NetworkPolicy[] = (policy.policies ?? []).filter((one) => one !== before)
  const policies = after === null ? kept : [...kept, after]
  return { ...fabric, surroundings: { ...fabric.surroundings, policy: policy.of(policies) } }
}

/** The stacks as they were compiled, with those that were edited in their places. */
class EditedStacks implements StackTable {
  readonly base: StackTable
  readonly #changed: ReadonlyMap<StackId, CompiledStack>

  constructor(base: StackTable, changed: ReadonlyMap<StackId, CompiledStack>) {
    this.base = base
    this.#changed = changed
  }

  get(id: StackId): CompiledStack | undefined {
    return this.#changed.get(id) ?? this.base.get(id)
  }

  has(id: StackId): boolean {
    return this.base.has(id)
  }

  *values(): Generator<CompiledStack, undefined> {
    for (const stack of this.base.values()) yield this.#changed.get(stack.id) ?? stack
    return undefined
  }
}

const untouched = (stacks: StackTable): StackTable => (stacks instanceof EditedStacks ? stacks.base : stacks)
