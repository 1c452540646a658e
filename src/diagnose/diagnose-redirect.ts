/** A flow that its sender's own rules hand back to the sender: a mesh's redirect, whose proxy is not there. */
import type { CompiledFabric } from '../forward/compiled/fabric.ts'
import { predict, type Flow } from '../forward/walk/predict.ts'
import type { Cause, Diagnosis } from '../model/diagnosis/diagnosis.ts'
import type { KubernetesObjects, Pod } from '../model/fabric/kubernetes.ts'
import type { Path } from '../model/path/path.ts'
import { stackKind, stackName, type StackId } from '../model/stack/stack-id.ts'
import { touchedBy } from './causes/touched-lines.ts'
import { isDelivered, tried } from './causes/trial.ts'

/**
 * Null: it leaves the pod, or somebody in the pod is known to take it. What was answered is not to be asked: who listens stands in
 * no snapshot, and what the pod's spec says of its containers is the nearest to it.
 */
export function diagnoseRedirect(
  compiled: CompiledFabric,
  objects: KubernetesObjects | null,
  flow: Flow,
): Diagnosis | null {
  const { paths } = predict(compiled, flow)
  const inside = paths.find((path) => isDelivered(path) && path.deliveredAt === flow.from)
  if (inside === undefined) return null
  const path = inside.path()
  const port = path.forward[0]?.packetOut?.destinationPort ?? path.forward[0]?.packetIn?.destinationPort
  const pod = objects?.pods.find(({ namespace, name }) => `${namespace}/${name}` === stackName(flow.from))
  if (pod?.containers === undefined || isTaken(pod, port)) return null
  const causes = redirectsOf(compiled, path).map((cause) => ({
    ...cause,
    proof: tried(compiled, flow, cause.edits).paths[0]?.path() ?? null,
  }))
  const [first] = causes
  return first === undefined
    ? null
    : {
        symptom: {
          direction: 'forward',
          verdict: 'misled',
          at: first.at,
          by: first.by,
          effect: 'redirected to a port of the sender',
          share: inside.probability,
        },
        causes,
        ruledOut: [],
        tried: causes.length,
        notRead: [],
      }
}

/** Proxies by what their containers and images are called: Istio, Linkerd, Kuma, Consul, App Mesh, and whoever else runs Envoy. */
const proxies = /istio-proxy|proxyv2|ztunnel|linkerd|envoy|kuma|consul|mesh/i

const isTaken = ({ containers = [], ports }: Pod, port: number | undefined): boolean =>
  ports.some(({ containerPort }) => containerPort === port) ||
  containers.some(({ name, image }) => proxies.test(name) || proxies.test(image))

/** Rules in the sender itself that rewrite where it goes. */
export function redirectsOf(compiled: CompiledFabric, { forward: [first] }: Path): readonly Cause[] {
  const stack = first && compiled.stacks.get(first.stack)?.stack
  if (first === undefined || stack === undefined || !isPod(stack.id)) return []
  const rewriting = first.decisions.filter(
    ({ stage, effect }) => stage === 'nat' && effect.startsWith('destination'),
  )
  return touchedBy({ ...first, decisions: rewriting }, stack, false).map((candidate) => ({
    ...candidate,
    code: 'REDIRECT_TO_NOBODY',
    kind: 'foreign',
    proof: null,
  }))
}

const isPod = (stack: StackId): boolean => stackKind(stack) === 'pod'
