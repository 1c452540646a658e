import { describe, expect, test } from 'vitest'
import { ip } from '../../model/address/address.ts'
import { ICMP, TCP, UDP } from '../../model/packet/packet.ts'
import { filter, threeStacks, toServer } from './three-stacks.fixture.ts'
import { only } from './only-path.fixture.ts'

describe('kube-proxy in IPVS mode', () => {
  const service = '10.100.0.7'
  const router = {
    links: { left: ['10.0.0.2/24'], right: ['10.1.0.1/24'], 'kube-ipvs0': [`${service}/32`] },
    routes:
      '10.0.0.0/24 dev left scope link src 10.0.0.2\n10.1.0.0/24 dev right scope link src 10.1.0.1\n' +
      'local 10.0.0.2 dev left table local proto kernel scope host src 10.0.0.2\nlocal 10.1.0.1 dev right table local proto kernel scope host src 10.1.0.1\n' +
      `local ${service} dev kube-ipvs0 table local proto kernel scope host src ${service}\n`,
  }

  test.each([
    { from: 'client', protocol: TCP },
    { from: 'client', protocol: UDP },
    { from: 'router', protocol: TCP },
  ])('who gets a packet for a Service is not known: from $from, protocol $protocol', ({ from, protocol }) => {
    const flow = { from, to: ip(service), protocol, sourcePort: 40000, destinationPort: 80 }
    const one = only(threeStacks(router), flow)
    expect(one.path()).toMatchObject({ verdict: 'unknown', stoppedAt: 'router' })
    expect(one.decision).toMatchObject({ stage: 'service', by: `inet ${service}/32 kube-ipvs0` })
  })

  test('a ping to the address is the node’s own to answer', () => {
    const path = only(threeStacks(router), { from: 'client', to: ip(service), protocol: ICMP }).path()
    expect(path).toMatchObject({ verdict: 'delivered', replyVerdict: 'delivered' })
  })

  test('what is for a pod is predicted as always', () => {
    expect(only(threeStacks(router), toServer).path().verdict).toBe('delivered')
  })

  test('what a rule of INPUT drops never reaches IPVS', () => {
    const closed = { ...router, iptables: filter(`-A INPUT -d ${service}/32 -j DROP`) }
    const flow = { ...toServer, to: ip(service) }
    expect(only(threeStacks(closed), flow).path()).toMatchObject({ verdict: 'dropped', stoppedAt: 'router' })
  })
})
