/** Why a name does not resolve: the question to the cluster's DNS is lost, or the one that its pods pass on. */
import { flowAllowance } from '../forward/run/budget.ts'
import type { Flow } from '../forward/walk/predict.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import type { Ip } from '../model/address/address.ts'
import { isIp4 } from '../model/address/address.ts'
import type { Diagnosis } from '../model/diagnosis/diagnosis.ts'
import type { KubernetesObjects } from '../model/fabric/kubernetes.ts'
import { UDP } from '../model/packet/packet.ts'
import { podStack, type StackId } from '../model/stack/stack-id.ts'
import { diagnoseDetour } from './diagnose-detour.ts'
import { diagnoseFlow } from './diagnose-flow.ts'
import { toWrongPort } from './diagnose-unforeseen.ts'

type Known = Pick<Predictor, 'compiled' | 'objects'>

/** @param question what was asked of the resolver, in vain. Null: nothing of the tables explains it. */
export function diagnoseName({ compiled, objects }: Known, question: Flow): Diagnosis | null {
  const lost = diagnoseFlow(compiled, objects, question, flowAllowance())
  if (lost !== null && isTold(lost)) return lost
  return (
    upstreamOf({ compiled, objects }, question) ??
    diagnoseDetour(compiled, objects, question) ??
    toWrongPort(objects, question) ??
    lost
  )
}

/** What only weakens a protection explains nothing. */
const isTold = ({ causes }: Diagnosis): boolean =>
  causes.length > 0 && causes.every(({ kind }) => kind !== 'weakening')

/**
 * CoreDNS asks the resolver of its node for names that are not the cluster's (`forward . /etc/resolv.conf` in EKS' Corefile). That is
 * the VPC's, two above the base of its first prefix (Amazon VPC user guide, "Amazon DNS server").
 */
function upstreamOf({ compiled, objects }: Known, { to }: Flow): Diagnosis | null {
  const base = compiled.fabric.vpc?.prefixes[0]?.address
  if (objects === null || base === undefined || !isIp4(base)) return null
  const resolver = (base + 2) as Ip
  for (const from of resolversBehind(objects, to)) {
    if (!compiled.stacks.has(from)) continue
    const passedOn: Flow = { from, to: resolver, protocol: UDP, destinationPort: 53, fresh: true }
    const lost = diagnoseFlow(compiled, objects, passedOn, flowAllowance())
    if (lost !== null && lost.symptom.verdict === 'dropped' && isTold(lost)) return lost
  }
  return null
}

/** The pods that answer for the address. */
function resolversBehind(objects: KubernetesObjects, address: Ip): readonly StackId[] {
  const service = objects.services.find(({ clusterAddresses }) => clusterAddresses.includes(address))
  if (service === undefined) return []
  const behind = new Set(
    objects.endpointSlices
      .filter((slice) => slice.namespace === service.namespace && slice.service === service.name)
      .flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses)),
  )
  return objects.pods
    .filter((pod) => !pod.hostNetwork && pod.addresses.some((one) => behind.has(one)))
    .map(({ namespace, name }) => podStack(namespace, name))
}
