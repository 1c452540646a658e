import type { Pod } from '../objects/pod.ts'
import { sandboxId, type NodeContainer, type NodeView } from './node-view.ts'

const labelsOf = (pod: Pod) => ({
  'io.kubernetes.pod.name': pod.metadata.name,
  'io.kubernetes.pod.namespace': pod.metadata.namespace ?? 'default',
  'io.kubernetes.pod.uid': pod.metadata.uid,
  ...pod.metadata.labels,
})

/** `crictl inspectp`: the sandbox as containerd's CRI tells it, with what the lab has: no cgroups, no image. */
export function inspectPod(pod: Pod, view: NodeView): object {
  const pid = view.sandboxPid(pod)
  const host = pod.spec.hostNetwork === true
  return {
    info: {
      ...(pid === undefined ? {} : { pid }),
      processStatus: pid === undefined ? 'deleted' : 'running',
      netNamespaceClosed: pid === undefined,
      runtimeType: 'io.containerd.runc.v2',
      runtimeSpec: {
        hostname: host ? view.node : (pod.spec.hostname ?? pod.metadata.name),
        linux: {
          namespaces: [
            ...(pod.spec.hostPID === true ? [] : [{ type: 'pid' }]),
            { type: 'ipc' },
            { type: 'uts' },
            { type: 'mount' },
            ...(host ? [] : [{ type: 'network', path: `/var/run/netns/cni-${pod.metadata.uid}` }]),
          ],
        },
      },
    },
    status: {
      id: sandboxId(pod),
      metadata: {
        attempt: 0,
        name: pod.metadata.name,
        namespace: pod.metadata.namespace ?? 'default',
        uid: pod.metadata.uid,
      },
      state: pid === undefined ? 'SANDBOX_NOTREADY' : 'SANDBOX_READY',
      createdAt: pod.status?.startTime ?? pod.metadata.creationTimestamp,
      network: { additionalIps: [], ip: host ? '' : (pod.status?.podIP ?? '') },
      linux: {
        namespaces: {
          options: {
            ipc: 'POD',
            network: host ? 'NODE' : 'POD',
            pid: pod.spec.hostPID === true ? 'NODE' : 'CONTAINER',
          },
        },
      },
      labels: labelsOf(pod),
      annotations: pod.metadata.annotations ?? {},
      runtimeHandler: '',
    },
  }
}

/** `crictl inspect`: the container's status. */
export function inspectContainer({ id, pod, status, running }: NodeContainer): object {
  const { state } = status
  return {
    status: {
      id,
      metadata: { attempt: status.restartCount, name: status.name },
      state: running ? 'CONTAINER_RUNNING' : 'CONTAINER_EXITED',
      createdAt: state.running?.startedAt ?? state.terminated?.startedAt ?? '',
      startedAt: state.running?.startedAt ?? state.terminated?.startedAt ?? '',
      finishedAt: state.terminated?.finishedAt ?? '0001-01-01T00:00:00Z',
      exitCode: state.terminated?.exitCode ?? 0,
      image: { userSpecifiedImage: status.image },
      labels: { 'io.kubernetes.container.name': status.name, ...labelsOf(pod) },
      mounts: [],
      reason: state.terminated?.reason ?? '',
    },
    info: { sandboxID: sandboxId(pod) },
  }
}
