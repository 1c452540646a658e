import { fc, test as property } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { predictorOf } from '../../inventory/predictor.ts'
import { ip } from '../../model/address/address.ts'
import { BundleError } from '../bundle.ts'
import { bundleOfNodes } from '../derived/bundle-of-nodes.ts'
import { pastedNode } from './pasted-node.ts'

const prompt = '[root@n1 ~]# '
const pasted = `${prompt}iptables -S
-P INPUT ACCEPT
-P FORWARD ACCEPT
-P OUTPUT ACCEPT
${prompt}iptables -t nat -S
-P PREROUTING ACCEPT
-P INPUT ACCEPT
-P OUTPUT ACCEPT
-P POSTROUTING ACCEPT
-N AWS-SNAT-CHAIN-0
-N KUBE-SERVICES
-A PREROUTING -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0
-A AWS-SNAT-CHAIN-0 -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j RETURN
-A AWS-SNAT-CHAIN-0 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138 --random-fully
-A KUBE-SERVICES -d 10.100.0.10/32 -p udp -m udp --dport 53 -j DNAT --to-destination 192.168.1.37:53
${prompt}ip route
default via 192.168.1.1 dev eth0
192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.138
192.168.1.37 dev eni23fce0108fe scope link
192.168.1.60 dev enic3ab4fa5af5 scope link
${prompt}ip -br addr
lo UNKNOWN 127.0.0.1/8
eth0 UP 192.168.1.138/24
eni23fce0108fe@if3 UP fe80::1/64
enic3ab4fa5af5@if3 UP fe80::2/64
`

const ask = (text: string) => {
  const node = pastedNode('n1', [{ path: 'pasted.txt', text }])
  const { predict } = predictorOf(bundleOfNodes([{ from: 'pasted.txt', node }], '2026-01-01T00:00:00Z'))
  return predict({ from: 'pod/192.168.1.60', to: ip('10.100.0.10'), protocol: 17, destinationPort: 53 }).paths
}

describe('a pasted node without ip rule and sysctl', () => {
  property('what is missing is as the CNI writes it: the service is reached', () => {
    expect(ask(pasted).map(({ verdict, replyVerdict }) => [verdict, replyVerdict])).toEqual([
      ['delivered', 'delivered'],
    ])
  })

  property('without the CNI’s own chain nobody knows what else nf_tables holds', () => {
    const strange = pasted.replaceAll(/^.*AWS-SNAT-CHAIN-0.*\n/gm, '')
    expect(ask(strange).map(({ verdict }) => verdict)).toEqual(['unknown'])
  })

  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat(120),
    put: fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom('\n', '\x1b[31m', ' DROP ', '-A FORWARD -j DROP\n', '$ ip rule\n'),
    ),
  })
  property.prop([fc.array(change, { minLength: 1, maxLength: 4 })])(
    'damaged, it is read or refused by name, and loses no packet for sure',
    (changes) => {
      let text = pasted
      for (const { at, drop, put } of changes) {
        const from = Math.floor(at * text.length)
        text = text.slice(0, from) + put + text.slice(from + drop)
      }
      try {
        for (const { verdict, replyVerdict } of ask(text))
          expect([verdict, replyVerdict]).not.toContain('dropped')
      } catch (error) {
        if (!(error instanceof BundleError)) throw error
      }
    },
  )
})
