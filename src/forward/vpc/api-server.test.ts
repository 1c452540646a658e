import { describe, expect, test } from 'vitest'
import { tutorialVpc } from '../../../test/ec2/tutorial-cloud.ts'
import { ip } from '../../model/address/address.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import type { VpcFlow, VpcOutcome } from '../run/boundaries.ts'
import {
  acl,
  cross,
  deny,
  icmp,
  lines,
  newFlow,
  node1,
  tcp,
  told,
  withEntries,
} from './tutorial-vpc.fixture.ts'

describe('the API server behind an ENI of EKS', () => {
  const apiServer = 'eni-00000000000000061'
  const eks = (vpc: Vpc = tutorialVpc, securityGroups = ['sg-0c1u5ter000000001']): Vpc => ({
    ...vpc,
    interfaces: [
      ...vpc.interfaces,
      {
        id: apiServer,
        subnet: 'subnet-0bbbbbbbbbbbbbbbb',
        mac: '02:00:00:00:00:61',
        addresses: [
          { address: ip('192.168.2.116'), primary: true, publicAddress: null, associationId: null },
        ],
        prefixes: [],
        securityGroups,
        sourceDestCheck: true,
        attachment: null,
        description: 'Amazon EKS podpath',
        managed: 'eks-control-plane',
      },
    ],
  })
  const ask = tcp('192.168.1.239', '192.168.2.116', 40000, 443)
  const answer = tcp('192.168.2.116', '192.168.1.239', 443, 40000)
  const fromThere = (flow: VpcFlow): VpcOutcome =>
    flow.fromInternet({ packet: answer, direction: 'reply', record: true })

  test('answers TCP, through the groups and network ACLs on the way', () => {
    const flow = newFlow(eks())
    const there = cross(flow, node1, ask)
    expect(told(there)).toBe(`arrives ${apiServer} 192.168.1.239 > 192.168.2.116`)
    expect(there).toMatchObject({ answers: { stage: 'service', by: `${apiServer}: Amazon EKS podpath` } })
    const back = fromThere(flow)
    expect(told(back)).toBe(`arrives ${node1} 192.168.2.116 > 192.168.1.239`)
    expect(back.hops.map((hop) => hop.stack)).toEqual([apiServer, 'vpc/vpc-0123456789abcdef0'])
    expect(lines(back).filter((line) => line.includes('network-acl'))).toHaveLength(2)
  })

  test('whether it answers anything else nobody can tell', () => {
    expect(cross(newFlow(eks()), node1, icmp('192.168.1.239', '192.168.2.116'))).toMatchObject({
      kind: 'arrives',
      answers: null,
    })
  })

  test('is shut off by its own group', () => {
    expect(told(cross(newFlow(eks(tutorialVpc, ['sg-0ba5710n000000001'])), node1, ask))).toContain('dropped')
  })

  test('cannot answer through a network ACL that forgets the ephemeral ports', () => {
    const flow = newFlow(eks(withEntries(deny(10, 'ingress', 1024, 65535))))
    expect(told(cross(flow, node1, ask))).toContain('arrives')
    expect(told(fromThere(flow))).toBe(
      `dropped vpc/vpc-0123456789abcdef0 network-acl: ${acl}: ingress 10 deny tcp 1024-65535 from 0.0.0.0/0`,
    )
  })
})
