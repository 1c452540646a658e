import { beforeAll, expect, test } from 'vitest'
import { runCommand } from '../change/typed/run-command.ts'
import type { Flow } from '../forward/walk/predict.ts'
import { ip } from '../model/address/address.ts'
import { UDP } from '../model/packet/packet.ts'
import { diagnoseFlow } from './diagnose-flow.ts'
import { diagnoseName } from './diagnose-name.ts'
import { flowAllowance } from '../forward/run/budget.ts'
import { dotted, labFixture, type LabFixture } from './lab-faults.fixture.ts'

let lab: LabFixture
beforeAll(async () => {
  lab = await labFixture('al2')
})

const question = (): Flow => ({
  from: lab.pod(1).stack,
  to: ip('10.100.0.10'),
  protocol: UDP,
  destinationPort: 53,
  fresh: true,
})

test('a healthy lab gives no reason for a name that does not resolve', () => {
  expect(diagnoseName(lab.healthy, question())).toBeNull()
})

test('CoreDNS is asked, and cannot ask any further: the line that keeps its own question in is the cause', () => {
  const without = runCommand(
    lab.healthy,
    lab.node(1),
    `ip rule del pref 1536 from ${dotted(lab.dns(1).address)}`,
  )
  // The pod's own question arrives, on the same node.
  const own = diagnoseFlow(without.compiled, without.objects, question(), flowAllowance())
  expect(own).toBeNull()
  const found = diagnoseName(without, question())
  expect(found?.causes.map(({ code, at }) => [code, at])).toEqual([['SOURCE_RULE_MISSING', lab.node(1)]])
})
