/** A snapshot as it would be after changes: compiled, so that flows can be asked of it. What was recorded stays as it is. */
import { compileFabric } from '../forward/compile/fabric.ts'
import type { CompiledFabric } from '../forward/compiled/fabric.ts'
import { applyEdits } from '../forward/edit/apply-edits.ts'
import { createPolicyForwarder } from '../forward/kubernetes/policy-forwarder.ts'
import { enforcesPolicies } from '../kubernetes/policy-agent.ts'
import type { Edit } from '../model/fabric/edit.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import type { KubernetesObjects } from '../model/fabric/kubernetes.ts'
import type { SaidEdit } from '../model/diagnosis/said-diagnosis.ts'
import type { ChangeNote } from '../model/result/change.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import { notThere } from './change-error.ts'
import { saidEdits } from './said-edits.ts'

export interface World {
  readonly compiled: CompiledFabric
  /** Null: nothing of Kubernetes was read. */
  readonly objects: KubernetesObjects | null
  /** What was changed so far, line by line. */
  readonly edits: readonly SaidEdit[]
  /** What has to be said of the changes beside. */
  readonly notes: readonly ChangeNote[]
}

export const worldOf = (compiled: CompiledFabric, objects: KubernetesObjects | null): World => ({
  compiled,
  objects,
  edits: [],
  notes: [],
})

export function withEdits(world: World, edits: readonly Edit[]): World {
  return {
    ...world,
    compiled: applyEdits(world.compiled, edits),
    edits: [...world.edits, ...edits.flatMap(saidEdits)],
  }
}

export const withNote = (world: World, note: ChangeNote): World => ({
  ...world,
  notes: [...world.notes, note],
})

/** Where an edit has no place to go, as a rule of a table that was not loaded: everything is compiled anew. */
export const withFabric = (world: World, fabric: Fabric): World => ({
  ...world,
  compiled: compileFabric(fabric, world.compiled.surroundings),
})

export function withStack(world: World, stack: NetworkStack): World {
  const { fabric } = world.compiled
  return withFabric(world, {
    ...fabric,
    stacks: fabric.stacks.map((one) => (one.id === stack.id ? stack : one)),
  })
}

/** Other pods, labels or policies: who may speak with whom is worked out anew. */
export function withObjects(world: World, objects: KubernetesObjects, edits: readonly SaidEdit[]): World {
  const { policy: _, ...surroundings } = world.compiled.surroundings
  return {
    ...world,
    objects,
    compiled: {
      ...world.compiled,
      surroundings: enforcesPolicies(objects)
        ? { ...surroundings, policy: createPolicyForwarder(objects) }
        : surroundings,
    },
    edits: [...world.edits, ...edits],
  }
}

/** Throws where no stack is called so. */
export function stackOf(world: World, id: StackId): NetworkStack {
  const stack = world.compiled.stacks.get(id)?.stack
  if (stack === undefined) throw notThere(id, 'snapshot')
  return stack
}
