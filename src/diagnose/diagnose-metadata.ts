/** Instance metadata, asked from a pod: version 2 answers with a token whose packets may live for one hop only. */
import type { CompiledFabric } from '../forward/compiled/fabric.ts'
import type { Flow } from '../forward/walk/predict.ts'
import { ip } from '../model/address/address.ts'
import type { Cause, Diagnosis } from '../model/diagnosis/diagnosis.ts'
import { TCP } from '../model/packet/packet.ts'
import { stackKind, stackName } from '../model/stack/stack-id.ts'

const metadata = ip('169.254.169.254')

/**
 * Null: who asks is no pod, or its node's metadata lets a pod have a token (HttpPutResponseHopLimit; Amazon EC2 user guide, "Configure
 * the instance metadata options"). The connection itself is made, and a question without a token refused (401).
 */
export function diagnoseMetadata({ fabric }: CompiledFabric, flow: Flow): Diagnosis | null {
  if (flow.to !== metadata || flow.protocol !== TCP || stackKind(flow.from) !== 'pod') return null
  const wire = fabric.wires.find(({ a, b }) => a.stack === flow.from || b.stack === flow.from)
  const node = wire === undefined ? null : wire.a.stack === flow.from ? wire.b.stack : wire.a.stack
  const instance = fabric.vpc?.instances.find(
    ({ privateDnsName }) => node !== null && privateDnsName === stackName(node),
  )
  const options = instance?.metadataOptions
  if (instance === undefined || options === undefined) return null
  if (options.tokens !== 'required' || options.hopLimit > 1) return null
  const cause: Cause = {
    code: 'METADATA_HOP_LIMIT',
    kind: 'policy',
    at: flow.from,
    by: `${instance.id}: HttpTokens ${options.tokens}, HttpPutResponseHopLimit ${options.hopLimit}`,
    missing: null,
    author: 'unknown',
    edits: [],
    proof: null,
  }
  return {
    symptom: {
      direction: 'reply',
      verdict: 'misled',
      at: flow.from,
      by: cause.by,
      effect: 'a token does not come as far as the pod',
      share: 1,
    },
    causes: [cause],
    ruledOut: [],
    tried: 0,
    notRead: [],
  }
}
