import type { ContainerStatus, Pod } from '../../objects/pod.ts'
import { ageColumn, columnsFor, nameColumn, since } from './column.ts'

/** The word that `kubectl get pods` shows as a pod's status (printPod). */
export function podReason(pod: Pod): string {
  const { status, spec, metadata } = pod
  let reason: string = status?.reason ?? status?.phase ?? 'Unknown'
  const inits = status?.initContainerStatuses ?? []
  let initializing = false
  for (const [index, { state, started, name }] of inits.entries()) {
    const sidecar = spec.initContainers?.find((one) => one.name === name)?.restartPolicy === 'Always'
    if (state.terminated?.exitCode === 0 || (sidecar && started === true)) continue
    initializing = true
    const { terminated, waiting } = state
    if (terminated !== undefined) {
      reason = `Init:${terminated.reason ?? `ExitCode:${String(terminated.exitCode)}`}`
    } else if (waiting?.reason !== undefined && waiting.reason !== 'PodInitializing') {
      reason = `Init:${waiting.reason}`
    } else reason = `Init:${String(index)}/${String(spec.initContainers?.length ?? 0)}`
    break
  }
  if (!initializing) {
    let running = false
    for (const { state, ready } of [...(status?.containerStatuses ?? [])].reverse()) {
      const { waiting, terminated } = state
      if (waiting?.reason !== undefined && waiting.reason !== '') reason = waiting.reason
      else if (terminated !== undefined)
        reason = terminated.reason ?? `ExitCode:${String(terminated.exitCode)}`
      else if (ready && state.running !== undefined) running = true
    }
    if (reason === 'Completed' && running) {
      reason =
        status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true
          ? 'Running'
          : 'NotReady'
    }
  }
  const finished = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  return metadata.deletionTimestamp !== undefined && !finished ? 'Terminating' : reason
}

/** `3 (20s ago)`: restarts, and when the last one was. */
function restarts(pod: Pod, now: number): string {
  const all: readonly ContainerStatus[] = [
    ...(pod.status?.initContainerStatuses ?? []).filter(
      ({ name }) => pod.spec.initContainers?.find((one) => one.name === name)?.restartPolicy === 'Always',
    ),
    ...(pod.status?.containerStatuses ?? []),
  ]
  const count = all.reduce((sum, { restartCount }) => sum + restartCount, 0)
  const last = all
    .map(({ lastState }) => lastState.terminated?.finishedAt)
    .filter((time) => time !== undefined)
    .sort()
    .at(-1)
  return count === 0 || last === undefined ? String(count) : `${String(count)} (${since(last, now)} ago)`
}

export const podColumns = columnsFor<Pod>([
  nameColumn,
  {
    name: 'Ready',
    cell: ({ spec, status }) => {
      const sidecars = (spec.initContainers ?? [])
        .filter((one) => one.restartPolicy === 'Always')
        .map((one) => one.name)
      const ready = [
        ...(status?.containerStatuses ?? []).filter((one) => one.ready && one.state.running !== undefined),
        ...(status?.initContainerStatuses ?? []).filter((one) => sidecars.includes(one.name) && one.ready),
      ]
      return `${String(ready.length)}/${String(spec.containers.length + sidecars.length)}`
    },
  },
  { name: 'Status', cell: podReason },
  { name: 'Restarts', cell: restarts },
  ageColumn,
  { name: 'IP', wide: true, cell: ({ status }) => status?.podIP ?? '<none>' },
  { name: 'Node', wide: true, cell: ({ spec }) => spec.nodeName ?? '<none>' },
  { name: 'Nominated Node', wide: true, cell: () => '<none>' },
  {
    name: 'Readiness Gates',
    wide: true,
    cell: ({ spec }) => {
      const gates = (spec as { readonly readinessGates?: readonly unknown[] }).readinessGates ?? []
      return gates.length === 0 ? '<none>' : `0/${String(gates.length)}`
    },
  },
])
