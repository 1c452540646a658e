import { describe, expect, test } from 'vitest'
import { compileFabric } from '../../forward/compile/fabric.ts'
import { predict, type Flow } from '../../forward/walk/predict.ts'
import { createUnreadVpc } from '../../forward/vpc/unread-vpc.ts'
import { readFabric } from '../../linux/fabric.ts'
import { ip } from '../../model/address/address.ts'
import { ICMP, UDP } from '../../model/packet/packet.ts'
import { bundleFiles } from '../bundle.ts'
import { openRecorded } from '../open.ts'
import { fixture } from './archives.fixture.ts'

describe('what two archives of the lab hold', async () => {
  const bundle = await openRecorded([fixture(1), fixture(3)])
  const { fabric, gaps } = readFabric(bundleFiles(bundle), null)

  test('a stack for every node, and one for every pod, by its name where ipamd tells it, marked as derived', () => {
    expect(fabric.stacks.map((stack) => [stack.id, stack.derived !== undefined])).toEqual([
      ['node/ip-192-168-1-138.ap-northeast-2.compute.internal', false],
      ['pod/kube-system/coredns-5dc45fcc58-9j2gl', true],
      ['pod/default/netshoot-pod-8675d4fb89-fkcv6', true],
      ['node/ip-192-168-3-20.ap-northeast-2.compute.internal', false],
      ['pod/192.168.3.143', true],
    ])
  })

  test('everything was understood; what nobody collected is said', () => {
    expect([...new Set(gaps.map((gap) => `${gap.what}: ${gap.because}`))].sort()).toEqual([
      'neigh.json: not in the archive',
      'nft.json: not in the archive',
    ])
  })

  const flow = (from: string, to: string, more: Partial<Flow> = {}): Flow => ({
    from,
    to: ip(to),
    protocol: ICMP,
    ...more,
  })
  const pod1 = 'pod/default/netshoot-pod-8675d4fb89-fkcv6'
  const dns = 'pod/kube-system/coredns-5dc45fcc58-9j2gl'
  const unread = compileFabric(fabric, { vpc: createUnreadVpc(fabric, false)! })
  const assumed = compileFabric(fabric, { vpc: createUnreadVpc(fabric, true)! })

  test('on one node the prediction is sure', () => {
    const [path] = predict(unread, flow(pod1, '192.168.1.37')).paths
    expect([path?.verdict, path?.replyVerdict]).toEqual(['delivered', 'delivered'])
    expect(path?.path().forward.map((hop) => [hop.stack.split('/')[0], hop.evidence])).toEqual([
      ['pod', 'derived'],
      ['node', undefined],
      ['pod', 'derived'],
    ])
  })

  test('beyond the node it is unknown, and names what is missing', () => {
    const [path] = predict(unread, flow(pod1, '192.168.3.143')).paths
    expect([path?.verdict, path?.stoppedAt, path?.decision?.stage]).toEqual([
      'unknown',
      'vpc/not-recorded',
      'vpc-route',
    ])
  })

  test('with a VPC taken to deliver, it goes on to the other node and back', () => {
    const [path] = predict(assumed, flow(pod1, '192.168.3.143')).paths
    expect([path?.verdict, path?.replyVerdict, path?.deliveredAt]).toEqual([
      'delivered',
      'delivered',
      'pod/192.168.3.143',
    ])
  })

  test('a pod of the secondary ENI leaves by eth1 inside the VPC, and by eth0, translated, to the internet', () => {
    const uplink = (to: string): unknown => {
      const [path] = predict(assumed, flow(dns, to)).paths
      const node = path?.path().forward[1]
      return [node?.out, node?.packetOut?.src, path?.verdict, path?.replyVerdict]
    }
    expect(uplink('192.168.3.143')).toEqual(['eth1', '192.168.1.37', 'delivered', 'delivered'])
    expect(uplink('198.51.100.100')).toEqual(['eth0', '192.168.1.138', 'delivered', 'delivered'])
  })

  test('a service with a backend on a node that was not given is as likely as its share', () => {
    const { paths } = predict(unread, flow(pod1, '10.100.0.10', { protocol: UDP, destinationPort: 53 }))
    expect(paths.map((path) => [path.probability.toFixed(2), path.verdict])).toEqual([
      ['0.50', 'delivered'],
      ['0.50', 'unknown'],
    ])
  })

  test('whose address a pod has is derived: a packet that leaves by another ENI is not surely lost, and the line is one that was read', () => {
    const broken = bundleFiles(bundle)
    const files = new Map([...broken].map(([path, text]) => [path, text.replace(/^1536:.*\n/m, '')]))
    const again = readFabric(files, null).fabric
    const intact = createUnreadVpc(fabric, true)
    const [path] = predict(compileFabric(again, { vpc: intact! }), flow(dns, '192.168.3.143')).paths
    expect([path?.verdict, path?.decision?.stage, path?.decision?.by]).toEqual([
      'unknown',
      'source-dest-check',
      '1536: from 192.168.1.37 lookup 2',
    ])
  })
})
