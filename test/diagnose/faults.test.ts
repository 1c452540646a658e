import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { usualPairs } from '../../src/app/usual-pairs.ts'
import { isDelivered } from '../../src/diagnose/causes/trial.ts'
import { cureOf } from '../../src/diagnose/cures/cure-of.ts'
import { diagnoseFlow } from '../../src/diagnose/diagnose-flow.ts'
import { flowAllowance } from '../../src/forward/run/budget.ts'
import { predict } from '../../src/forward/walk/predict.ts'
import type { Predictor } from '../../src/forward/walk/predictor.ts'
import type { Cause, CauseCode } from '../../src/model/diagnosis/diagnosis.ts'
import type { FaultCode } from '../../src/model/lab/fault.ts'
import { stackKind, stackName } from '../../src/model/stack/stack-id.ts'
import { labUp, type TestLab } from '../lab/lab.ts'
import { snapshotOf } from './snapshot-of.ts'

/**
 * Faults that `lab break` makes: whatever pair fails, in whichever direction it is asked, has one cause, and its cure mends the
 * lab when it is pasted. Needs namespaces, kubectl and aws.
 */

const expected: { readonly [Fault in FaultCode]?: CauseCode } = {
  'forward-rule': 'IPTABLES_RULE_FOREIGN',
  'forward-policy': 'CHAIN_POLICY_DROP',
  'ip-forward-off': 'IP_FORWARD_OFF',
  'blackhole-route': 'ROUTE_FOREIGN',
  'prohibit-rule': 'RULE_FOREIGN',
  'pod-route-missing': 'POD_ROUTE_MISSING',
  'veth-address-changed': 'GATEWAY_NEIGHBOUR_WRONG',
  'snat-missing': 'SNAT_MISSING',
  'snat-exclusion-missing': 'SNAT_WRONG',
  'rp-filter-strict': 'RP_FILTER_STRICT',
  'mark-rule-missing': 'MARK_RULE_MISSING',
  'source-rule-missing': 'SOURCE_RULE_MISSING',
  'source-rule-stale': 'SOURCE_RULE_STALE',
  'security-group-closed': 'SECURITY_GROUP_CLOSED',
  'network-acl-deny': 'NETWORK_ACL_DENIES',
  'internet-route-missing': 'VPC_ROUTE_MISSING',
  // The last one: its cure is another pod.
  'pod-default-route-missing': 'DEFAULT_ROUTE_MISSING',
}

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=df'])
}, 240_000)
afterAll(async () => {
  await lab.down()
})

const failing = (predictor: Predictor) =>
  usualPairs(predictor).filter(({ flow }) => !predict(predictor.compiled, flow).paths.every(isDelivered))

/** As a person would: on the node, or where kubectl and aws are. */
async function paste(cause: Cause, { fabric }: Predictor): Promise<void> {
  const cure = cureOf(cause, fabric)
  if (cure === null) throw new Error(`${cause.code} has no cure`)
  const { place } = cure
  if (place.kind === 'node' && stackKind(place.stack) === 'node')
    for (const command of cure.commands) {
      const { status, output } = await lab.onNode(lab.nodes.indexOf(stackName(place.stack)) + 1, command)
      expect({ command, status, output }).toMatchObject({ status: 0 })
    }
  const elsewhere = place.kind === 'anywhere' ? cure.commands : cure.commands.length === 0 ? cure.owner : []
  for (const command of elsewhere) {
    const [program, ...words] = (command.match(/'[^']*'|\S+/g) ?? []).map((word) =>
      word.replace(/^'|'$/g, ''),
    )
    await (program === 'aws' ? lab.aws(...words) : lab.kubectl(...words))
  }
}

describe.each(Object.entries(expected))('%s', (fault, code) => {
  test(`is ${code} to whoever asks, and what is pasted mends it`, async () => {
    const broken = await lab.podpath('lab', 'break', fault, '--name', 'df')
    expect(broken.status, broken.stderr).toBe(0)
    try {
      const predictor = await snapshotOf(lab, 'df')
      const causes = failing(predictor).flatMap(({ name, flow }) => {
        const diagnosis = diagnoseFlow(predictor.compiled, predictor.objects, flow, flowAllowance())
        return (diagnosis?.causes ?? []).map((cause) => ({ name, cause }))
      })
      expect(new Set(causes.map(({ cause }) => cause.code))).toEqual(new Set([code]))
      await paste(causes[0]!.cause, predictor)
      if (cureOf(causes[0]!.cause, predictor.fabric)?.commands.length === 0)
        await lab.kubectl('rollout', 'status', 'deployment/netshoot-pod', '--timeout=60s')
      const left = failing(await snapshotOf(lab, 'df'))
      // A security group's rule is for the protocol that was asked for.
      if (code === 'SECURITY_GROUP_CLOSED') expect(left.length).toBeLessThan(causes.length)
      else expect(left.map(({ name }) => name)).toEqual([])
    } finally {
      await lab.podpath('lab', 'heal', '--name', 'df')
    }
  }, 120_000)
})
