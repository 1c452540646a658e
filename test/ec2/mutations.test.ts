import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Vpc } from '../../src/model/vpc/vpc.ts'
import { aws } from './aws-cli.ts'
import { startLabAws, type LabAws } from './lab-aws.ts'
import { tutorialView } from './tutorial-cloud.ts'

/* Breaking and mending the lab's VPC with the aws CLI: each pair of commands ends where it began. */

let lab: LabAws
beforeAll(async () => {
  lab = await startLabAws(tutorialView)
})
afterAll(() => {
  lab.close()
})

const group = (vpc: Vpc) => vpc.securityGroups[1]?.rules.map((rule) => rule.line.replace(/^sgr-\w+/, 'sgr'))
const acl = (vpc: Vpc) => vpc.networkAcls[0]?.entries.map((entry) => entry.line)
const routes = (vpc: Vpc) => vpc.routeTables[1]?.routes.map((route) => route.line)

test.each([
  {
    fact: 'a security group rule is added and revoked',
    look: group,
    doing:
      'ec2 authorize-security-group-ingress --group-id sg-0ba5710n000000001 --protocol tcp --port 8000-8080 --cidr 10.0.0.0/8',
    undoing:
      'ec2 revoke-security-group-ingress --group-id sg-0ba5710n000000001 --protocol tcp --port 8000-8080 --cidr 10.0.0.0/8',
    adds: ['sgr: ingress tcp 8000-8080 from 10.0.0.0/8'],
    removes: [],
  },
  {
    fact: 'a rule that names a group is added and revoked',
    look: group,
    doing:
      'ec2 authorize-security-group-ingress --group-id sg-0ba5710n000000001 --protocol all --source-group sg-0c1u5ter000000001',
    undoing:
      'ec2 revoke-security-group-ingress --group-id sg-0ba5710n000000001 --protocol all --source-group sg-0c1u5ter000000001',
    adds: ['sgr: ingress all from sg-0c1u5ter000000001'],
    removes: [],
  },
  {
    fact: 'everything outgoing is revoked and allowed again',
    look: group,
    doing:
      'ec2 revoke-security-group-egress --group-id sg-0ba5710n000000001 --security-group-rule-ids sgr-00000000000000006',
    undoing:
      'ec2 authorize-security-group-egress --group-id sg-0ba5710n000000001 --ip-permissions IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]',
    adds: [],
    removes: ['sgr: egress all to 0.0.0.0/0'],
  },
  {
    fact: 'a network ACL entry is created and deleted',
    look: acl,
    doing:
      'ec2 create-network-acl-entry --network-acl-id acl-00000000000000001 --ingress --rule-number 50 --protocol tcp --port-range From=80,To=80 --cidr-block 0.0.0.0/0 --rule-action deny',
    undoing: 'ec2 delete-network-acl-entry --network-acl-id acl-00000000000000001 --ingress --rule-number 50',
    adds: ['acl-00000000000000001: ingress 50 deny tcp 80 from 0.0.0.0/0'],
    removes: [],
  },
  {
    fact: 'a network ACL entry is replaced and put back',
    look: acl,
    doing:
      'ec2 replace-network-acl-entry --network-acl-id acl-00000000000000001 --egress --rule-number 100 --protocol icmp --icmp-type-code Type=8,Code=-1 --cidr-block 0.0.0.0/0 --rule-action allow',
    undoing:
      'ec2 replace-network-acl-entry --network-acl-id acl-00000000000000001 --egress --rule-number 100 --protocol -1 --cidr-block 0.0.0.0/0 --rule-action allow',
    adds: ['acl-00000000000000001: egress 100 allow icmp type 8 to 0.0.0.0/0'],
    removes: ['acl-00000000000000001: egress 100 allow all to 0.0.0.0/0'],
  },
  {
    fact: 'a route is created with its host bits dropped, and deleted',
    look: routes,
    doing:
      'ec2 create-route --route-table-id rtb-00000000000000002 --destination-cidr-block 10.1.2.3/16 --nat-gateway-id nat-00000000000000001',
    undoing: 'ec2 delete-route --route-table-id rtb-00000000000000002 --destination-cidr-block 10.1.0.0/16',
    adds: ['rtb-00000000000000002: 10.1.0.0/16 -> nat-00000000000000001 (active)'],
    removes: [],
  },
  {
    fact: 'the default route is pointed at a detached ENI, a blackhole, and back',
    look: routes,
    doing:
      'ec2 replace-route --route-table-id rtb-00000000000000002 --destination-cidr-block 0.0.0.0/0 --network-interface-id eni-00000000000000051',
    undoing:
      'ec2 replace-route --route-table-id rtb-00000000000000002 --destination-cidr-block 0.0.0.0/0 --gateway-id igw-00000000000000001',
    adds: ['rtb-00000000000000002: 0.0.0.0/0 -> eni-00000000000000051 (blackhole)'],
    removes: ['rtb-00000000000000002: 0.0.0.0/0 -> igw-00000000000000001 (active)'],
  },
  {
    fact: 'the source/destination check is switched off and on',
    look: (vpc: Vpc) => vpc.interfaces.map((eni) => `${eni.id} ${eni.sourceDestCheck}`),
    doing:
      'ec2 modify-network-interface-attribute --network-interface-id eni-00000000000000021 --no-source-dest-check',
    undoing:
      'ec2 modify-network-interface-attribute --network-interface-id eni-00000000000000021 --source-dest-check',
    adds: ['eni-00000000000000021 false'],
    removes: ['eni-00000000000000021 true'],
  },
  {
    fact: 'an ENI is moved to another security group and back',
    look: (vpc: Vpc) => vpc.interfaces.map((eni) => `${eni.id} ${eni.securityGroups.join()}`),
    doing:
      'ec2 modify-network-interface-attribute --network-interface-id eni-00000000000000021 --groups sg-0ba5710n000000001',
    undoing:
      'ec2 modify-network-interface-attribute --network-interface-id eni-00000000000000021 --groups sg-0c1u5ter000000001',
    adds: ['eni-00000000000000021 sg-0ba5710n000000001'],
    removes: ['eni-00000000000000021 sg-0c1u5ter000000001'],
  },
])('$fact', async ({ look, doing, undoing, adds, removes }) => {
  const before = look(lab.view().vpc) ?? []
  const did = await aws(lab.endpoint, doing.split(' '))
  expect(did.stderr).toBe('')
  const after = look(lab.view().vpc) ?? []
  expect(after.filter((line) => !before.includes(line))).toEqual(adds)
  expect(before.filter((line) => !after.includes(line))).toEqual(removes)
  const undid = await aws(lab.endpoint, undoing.split(' '))
  expect(undid.stderr).toBe('')
  expect(look(lab.view().vpc)).toEqual(before)
})
