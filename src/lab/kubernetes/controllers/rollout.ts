import type { Deployment, ReplicaSet } from '../objects/workload.ts'

export interface ScaleStep {
  readonly set: ReplicaSet
  readonly replicas: number
}

export const revisionOf = ({ metadata }: ReplicaSet): number =>
  Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)

/**
 * The next step of a rollout: how many pods each ReplicaSet should have now. Pure; called again after every change
 * until the new set has all and the old ones none (kubernetes/pkg/controller/deployment/rolling.go).
 */
export function planRollout(
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): readonly ScaleStep[] {
  const wanted = deployment.spec.replicas ?? 1
  const sizeOf = (set: ReplicaSet): number => set.spec.replicas ?? 0
  const living = old.filter((set) => sizeOf(set) > 0 || (set.status?.replicas ?? 0) > 0)
  if (deployment.spec.paused === true) return []
  if (living.length === 0) return [{ set: current, replicas: wanted }]

  if (deployment.spec.strategy?.type === 'Recreate') {
    const down = living.filter((set) => sizeOf(set) > 0).map((set) => ({ set, replicas: 0 }))
    return down.length > 0
      ? down
      : living.some((set) => (set.status?.replicas ?? 0) > 0)
        ? []
        : [{ set: current, replicas: wanted }]
  }

  const surge = portion(deployment.spec.strategy?.rollingUpdate?.maxSurge, wanted, true)
  const spare = portion(deployment.spec.strategy?.rollingUpdate?.maxUnavailable, wanted, false)
  // Both zero would never get anywhere; the real defaulting makes one pod unavailable then.
  const unavailable = surge === 0 && spare === 0 ? 1 : spare
  const total = sizeOf(current) + living.reduce((sum, set) => sum + sizeOf(set), 0)
  const steps: ScaleStep[] = []

  if (sizeOf(current) > wanted) steps.push({ set: current, replicas: wanted })
  else if (sizeOf(current) < wanted) {
    const room = Math.max(0, wanted + surge - total)
    const replicas = sizeOf(current) + Math.min(room, wanted - sizeOf(current))
    if (replicas > sizeOf(current)) steps.push({ set: current, replicas })
  }
  if (steps.length > 0) return steps

  const available = [current, ...living].reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0)
  const notAvailableNew = sizeOf(current) - (current.status?.availableReplicas ?? 0)
  let mayGo = Math.max(0, total - (wanted - unavailable) - notAvailableNew)
  // Pods that never became ready go first: they are missed by nobody.
  for (const set of living) {
    const broken = Math.min(sizeOf(set) - (set.status?.availableReplicas ?? 0), mayGo)
    if (broken > 0 && sizeOf(set) > 0) {
      steps.push({ set, replicas: sizeOf(set) - broken })
      mayGo -= broken
    }
  }
  if (steps.length > 0) return steps
  let surplus = Math.min(mayGo, Math.max(0, available - (wanted - unavailable)))
  for (const set of [...living].sort((a, b) => revisionOf(a) - revisionOf(b))) {
    const less = Math.min(sizeOf(set), surplus)
    if (less > 0) steps.push({ set, replicas: sizeOf(set) - less })
    surplus -= less
  }
  return steps
}

/** A number of pods or a percentage of them, rounded up or down. */
export function portion(value: number | string | undefined, of: number, up: boolean): number {
  if (typeof value === 'number') return value
  const percent = /^(\d{1,3})%$/.exec(value ?? '25%')?.[1]
  const exact = (Number(percent ?? 0) * of) / 100
  return up ? Math.ceil(exact) : Math.floor(exact)
}
