import { test } from 'vitest'
import { labFixture } from './lab-faults.fixture.ts'
import { runAws } from '../change/aws/run-aws.ts'
import { setEnvironment } from '../change/owners/set-env.ts'
import { diagnoseFlow } from './diagnose-flow.ts'
import { flowAllowance } from '../forward/run/budget.ts'
import { ip } from '../model/address/address.ts'
import { predict } from '../forward/walk/predict.ts'
test('x', async () => {
  const lab = await labFixture('private')
  const vpc = lab.healthy.compiled.fabric.vpc!
  const nat = vpc.natGateways[0]!
  console.log(nat, vpc.routeTables.map(t=>[t.id,t.main,t.subnets,t.routes.map(r=>r.line)]))
  const t = vpc.routeTables.find(t=>t.subnets.includes(nat.subnet))!
  const w = runAws(lab.healthy, `delete-route --route-table-id ${t.id} --destination-cidr-block 0.0.0.0/0`)
  for (const from of [lab.pod(1).stack, lab.dns(1).stack, lab.node(1)]) {
    const flow = { from, to: ip('198.51.100.100'), protocol: 6, destinationPort: 443, fresh: true }
    console.log(JSON.stringify(predict(w.compiled, flow).paths.map(p=>[p.verdict,p.stoppedAt,p.decision])))
    console.log(diagnoseFlow(w.compiled, w.objects, flow, flowAllowance())?.causes.map(c=>[c.code,c.at,c.by,c.missing]))
  }
})
