import { defaultLab, planTopology } from '../../src/lab/plan/topology.ts'

/** A command of the tutorial, and what must be seen after it. */
export interface TutorialRow {
  readonly command: string
  /**
   * `first`: of the tutorial that podpath set out to prove, another author's; only its commands are here. `page`: our
   * page adds it.
   */
  readonly of: 'first' | 'page'
  /** Where it is typed: on this machine, at the bastion's prompt, or at the prompt of a node. */
  readonly at: 'machine' | 'bastion' | 'node'
  readonly seen: readonly RegExp[]
  /** 0 unless it is said. Of commands on this machine. */
  readonly exit?: number
}

const topology = planTopology(defaultLab)
export const nodes = topology.nodes
export const pods = ['192.168.1.239', '192.168.2.84', '192.168.3.143'] as const
/** What www.google.com is in the lab's internet. */
export const outside = topology.internet.names['www.google.com'] ?? ''
const seenAs = nodes[0]?.publicAddress ?? ''

export const escaped = (text: string): string => text.replaceAll('.', '\\.').replaceAll('|', '\\|')
const pinged = (address: string, count: number): RegExp =>
  new RegExp(
    `^PING \\S+ \\(${escaped(address)}\\).*\\n(64 bytes from .*icmp_seq=\\d+ .*\\n){${count}}\\n---.*\\n${count} packets transmitted, ${count} received, 0% packet loss`,
  )
const routes = (gateway: string, node: string, pod: string): RegExp =>
  new RegExp(
    [
      `default via ${escaped(gateway)} dev eth0 $`,
      `^169\\.254\\.169\\.254 dev eth0 $`,
      `^${escaped(gateway.replace(/1$/, '0/24'))} dev eth0 proto kernel scope link src ${escaped(node)} $`,
    ].join('\\n') + `[^]*^${escaped(pod)} dev eni[0-9a-f]{11} scope link $`,
    'm',
  )
const podAddressOf = (subnet: number): string =>
  `PODIP${subnet}=$(kubectl get pods -o custom-columns=:.metadata.name,PodIP:status.podIP | grep 192.168.${subnet}. | cut -c 33-)`

const first = (at: TutorialRow['at'], command: string, ...seen: readonly RegExp[]): TutorialRow => ({
  of: 'first',
  at,
  command,
  seen,
})
const added = (at: TutorialRow['at'], command: string, ...seen: readonly RegExp[]): TutorialRow => ({
  ...first(at, command, ...seen),
  of: 'page',
})

/** Opens a terminal at a node; the node's prompt is all that it shows. */
export const logIn = /^ssh ec2-user@\$N([123])$/
export const watchIcmp = 'sudo tcpdump -i any -nn icmp'

export const tutorialRows: readonly TutorialRow[] = [
  // Chapter 1
  added('machine', 'npx podpath lab up', /^The lab is up \(/m),
  added('machine', 'npx podpath lab shell', /^The bastion of the lab default, 192\.168\.1\.100/),
  // 2
  added('bastion', 'kubectl get nodes', /^NAME +STATUS .*\n(ip-192-168-\S+ +Ready .*\n){3}$/),
  first('bastion', podAddressOf(1), /^$/),
  first('bastion', podAddressOf(2), /^$/),
  first('bastion', podAddressOf(3), /^$/),
  first(
    'bastion',
    'kubectl get pods -o custom-columns=PodNAME:.metadata.name,PodIP:status.podIP',
    /^PodNAME +PodIP\n(netshoot-pod-[a-z0-9]{10}-[a-z0-9]{5} {3}192\.168\.[123]\.\d+\n){3}$/,
  ),
  first('bastion', 'echo $PODIP1, $PODIP2, $PODIP3', new RegExp(`^${escaped(pods.join(', '))}\\n$`)),
  // 3
  added(
    'bastion',
    'ssh ec2-user@$N1 ip -br addr',
    /^eth0@if\d+ +UP +192\.168\.1\.138\/24 /m,
    /^eni[0-9a-f]{11}@if\d+ +UP +fe80::\S+ *$/m,
  ),
  added('bastion', 'echo -n default.$PODNAME1 | sha1sum | cut -c -11', /^[0-9a-f]{11}\n$/),
  first(
    'bastion',
    'ssh ec2-user@$N1 sudo ip route show table main',
    routes('192.168.1.1', '192.168.1.138', pods[0]),
  ),
  first(
    'bastion',
    'ssh ec2-user@$N3 sudo ip route show table main',
    routes('192.168.3.1', '192.168.3.20', pods[2]),
  ),
  added(
    'bastion',
    'ssh ec2-user@$N1 ip rule',
    /^512:\tfrom all to 192\.168\.1\.239 lookup main *$/m,
    /^1024:\tfrom all fwmark 0x80\/0x80 lookup main *$/m,
    /^1536:\tfrom 192\.168\.1\.\d+ lookup 2 *$/m,
  ),
  // 4
  first(
    'bastion',
    'kubectl exec -it $PODNAME1 -- ip -br addr',
    /^lo +UNKNOWN +127\.0\.0\.1\/8/,
    /\neth0@if\d+ +UP +192\.168\.1\.239\/32/,
  ),
  first(
    'bastion',
    'kubectl exec -it $PODNAME1 -- ip route show table main',
    /^default via 169\.254\.1\.1 dev eth0 \n169\.254\.1\.1 dev eth0 scope link ?\n$/,
  ),
  added(
    'bastion',
    'kubectl exec -it $PODNAME1 -- ip neigh show',
    /^169\.254\.1\.1 dev eth0 lladdr (?:[0-9a-f]{2}:){5}[0-9a-f]{2} PERMANENT *\n$/,
  ),
  added('bastion', 'ssh ec2-user@$N1 ip -br link', /^eni[0-9a-f]{11}@if\d+ +UP +(?:[0-9a-f]{2}:){5}/m),
  // 5
  first('node', 'ssh ec2-user@$N1'),
  first('node', 'ssh ec2-user@$N2'),
  first('node', 'ssh ec2-user@$N3'),
  first('node', watchIcmp, /\nlistening on any, link-type LINUX_SLL2 \(Linux cooked v2\)/),
  first('bastion', 'kubectl exec -it $PODNAME1 -- ping -c 2 $PODIP2', pinged(pods[1], 2)),
  first('bastion', 'kubectl exec -it $PODNAME1 -- ping -c 2 $PODIP3', pinged(pods[2], 2)),
  first('bastion', 'kubectl exec -it $PODNAME2 -- ping -c 2 $PODIP3', pinged(pods[2], 2)),
  added(
    'bastion',
    'aws ec2 describe-network-interfaces --filters Name=addresses.private-ip-address,Values=$PODIP3 --query "NetworkInterfaces[].PrivateIpAddresses[].[PrivateIpAddress,Primary,Association.PublicIp]" --output text',
    /^192\.168\.3\.20\tTrue\t203\.0\.113\.\d+$/m,
    /^192\.168\.3\.143\tFalse\tNone$/m,
  ),
  // 6
  first('bastion', 'kubectl exec -it $PODNAME1 -- ping -c 1 www.google.com', pinged(outside, 1)),
  added(
    'bastion',
    'ssh ec2-user@$N1 sudo conntrack -L -p icmp -d 198.51.100.100',
    // conntrack's own line is of another stream, and may stand before it.
    /\bicmp .* src=192\.168\.1\.239 dst=198\.51\.100\.100 .* src=198\.51\.100\.100 dst=192\.168\.1\.138 .* mark=128 /m,
  ),
  first(
    'bastion',
    "ssh ec2-user@$N1 sudo iptables -t nat -S | grep 'A AWS-SNAT-CHAIN'",
    /^-A AWS-SNAT-CHAIN-0 ! -d 192\.168\.0\.0\/16 -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-1\n-A AWS-SNAT-CHAIN-1 ! -o vlan\+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192\.168\.1\.138 --random-fully\n$/,
  ),
  first(
    'bastion',
    'ssh ec2-user@$N1 sudo iptables -t nat -S',
    /^-P PREROUTING ACCEPT\n/,
    /\n-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0\n/,
    /\n-A KUBE-SERVICES .*10\.100\.0\.10\/32/,
  ),
  first(
    'bastion',
    'ssh ec2-user@$N1 sudo iptables -L -n -v -t nat',
    /^Chain PREROUTING \(policy ACCEPT \d+ packets, \d+ bytes\)\n pkts bytes target +prot opt in +out +source +destination/,
    /\nChain AWS-SNAT-CHAIN-0 \(1 references\)\n.*\n +[1-9]\d* .*AWS-SNAT-CHAIN-1 .*!192\.168\.0\.0\/16 /,
    /\n +[1-9]\d* +\d+ SNAT .* to:192\.168\.1\.138 random-fully\n/,
  ),
  first(
    'bastion',
    'kubectl exec -it $PODNAME1 -- curl -s ipinfo.io/ip ; echo',
    new RegExp(`^${escaped(seenAs)}\\n$`),
  ),
  first('bastion', 'ssh ec2-user@$N1 curl -s ipinfo.io/ip ; echo', new RegExp(`^${escaped(seenAs)}\\n$`)),
  added(
    'bastion',
    'aws ec2 describe-instances --query "Reservations[].Instances[].[PrivateIpAddress,PublicIpAddress]" --output text',
    new RegExp(`^192\\.168\\.1\\.138\\t${escaped(seenAs)}$`, 'm'),
  ),
  added(
    'bastion',
    'aws ec2 describe-route-tables --query "RouteTables[].Routes[].[DestinationCidrBlock,GatewayId]" --output text',
    /^0\.0\.0\.0\/0\tigw-[0-9a-f]{17}$/m,
  ),
  // 7, 8
  added('machine', 'npx podpath verify --lab', /✓/),
  added('machine', 'npx podpath lab break snat-missing'),
  {
    ...added('machine', 'npx podpath trace deploy/netshoot-pod www.google.com --lab', /SNAT_MISSING/),
    exit: 1,
  },
  added('machine', 'npx podpath lab heal', /snat-missing/),
  added('machine', 'npx podpath lab up --name private --subnets private'),
  added('machine', 'npx podpath verify --lab=private', /✓/),
  added('machine', 'npx podpath lab down --name private'),
  added(
    'machine',
    'npx podpath trace deploy/netshoot-pod svc/kube-system/kube-dns --lab --protocol dns',
    /✓/,
  ),
  added('machine', 'npx podpath explain deploy/netshoot-pod www.google.com --lab', /✓/),
  // 9
  first('bastion', 'kubectl delete deploy netshoot-pod', /^deployment\.apps "netshoot-pod" deleted/),
  added('machine', 'npx podpath lab down'),
]
