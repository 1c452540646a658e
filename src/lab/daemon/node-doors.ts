import { readFileSync } from 'node:fs'
import type { Dataplane } from '../dataplane/dataplane.ts'
import { doorDirectory } from '../dataplane/node.ts'
import type { ControlPlane } from '../kubernetes/control-plane.ts'
import { nodes, pods } from '../kubernetes/resources.ts'
import { guestRoot } from '../namespaces/guests.ts'
import { serveNode } from '../node-door/serve-node.ts'

/** Answers on every node for its container runtime, its kubelet and its journal, from what the cluster really is. */
export function openNodeDoors(
  { store, runtime, journals }: ControlPlane,
  dataplane: Dataplane,
  onError: (error: unknown) => void,
): void {
  for (const node of dataplane.nodes.keys()) {
    const info = (name: string): string => store.find(nodes, undefined, node)?.status?.nodeInfo?.[name] ?? ''
    serveNode({
      directory: doorDirectory(node),
      owner: guestRoot,
      onError,
      view: () => ({
        node,
        now: Date.now(),
        since: Date.parse(store.find(nodes, undefined, node)?.metadata.creationTimestamp ?? ''),
        pods: store.list(pods).filter((pod) => pod.spec.nodeName === node),
        journal: journals.of(node),
        versions: {
          containerd: info('containerRuntimeVersion').replace('containerd://', ''),
          kubelet: info('kubeletVersion'),
        },
        sandboxPid(pod) {
          const pid = runtime.sandboxPid(pod)
          return pid === undefined ? undefined : pidOnNode(pid)
        },
      }),
      exec: ({ pod, container, argv }, size) => runtime.exec(pod, container, argv, size),
      follow: (tell) =>
        journals.follow((where, line) => {
          if (where === node) tell(line)
        }),
    })
  }
}

/** The number that a process has in its node's namespace: the second of `NSpid` (proc(5)), after the lab's. */
function pidOnNode(pid: number): number | undefined {
  try {
    const [, inNode] = /^NSpid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return inNode === undefined ? undefined : Number(inNode)
  } catch {
    // It ended while we looked.
    return undefined
  }
}
