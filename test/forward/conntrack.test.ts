import { describe, expect, test } from 'vitest'
import { compileFabric } from '../../src/forward/compile/fabric.ts'
import { predict, type Flow } from '../../src/forward/walk/predict.ts'
import { readFabric } from '../../src/linux/fabric.ts'
import { ip } from '../../src/model/address/address.ts'
import { UDP } from '../../src/model/packet/packet.ts'
import { inFreshNamespace } from '../intent/fresh-namespace.ts'

/**
 * What conntrack knew before decides for a packet that belongs to it, whatever the rules say by now. A client talks
 * through a router that translates both ends; then the router's rules become others, the tables are read, and the
 * client sends again: from the old port and from a new one. The kernel is the judge. Needs root, iptables, conntrack, perl.
 */
const script = `
space() { unshare -n sleep 50 & echo $!; }
unshare -n sleep 50 & c=$!
unshare -n sleep 50 & s=$!
trap 'kill $c $s $server 2>/dev/null' EXIT
own=$(readlink /proc/self/ns/net)
for p in $c $s; do until [ "$(readlink /proc/$p/ns/net)" != "$own" ]; do :; done; done
ip link set lo up; sysctl -qw net.ipv4.ip_forward=1
ip link add left type veth peer name eth0 netns $c; ip link add right type veth peer name eth0 netns $s
ip addr add 10.0.0.2/24 dev left; ip addr add 10.1.0.1/24 dev right; ip link set left up; ip link set right up
nsenter -t $c -n sh -c 'ip link set lo up; ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.0.2'
nsenter -t $s -n sh -c 'ip link set lo up; ip addr add 10.1.0.2/24 dev eth0; ip link set eth0 up'
iptables -t nat -A PREROUTING -d 10.100.0.10/32 -p udp -m udp --dport 53 -j DNAT --to-destination 10.1.0.2:5353
iptables -t nat -A POSTROUTING -o right -j SNAT --to-source 10.1.0.1
iptables -t mangle -A PREROUTING -i left -j CONNMARK --set-xmark 0x80/0x80
nsenter -t $s -n perl -MIO::Socket::INET -e '
my $u = IO::Socket::INET->new(Proto => "udp", LocalPort => 5353) or die; $| = 1;
while (1) { my $from = $u->recv(my $text, 100) or next; print STDERR "got\\n"; $u->send("back", 0, $from) }' 2>/dev/null & server=$!
ask() { nsenter -t $c -n perl -MIO::Socket::INET -e '
my ($port, $wait) = @ARGV;
my $u = IO::Socket::INET->new(Proto => "udp", LocalPort => $port, PeerAddr => "10.100.0.10", PeerPort => 53) or die;
for (1 .. $wait) { $u->send("hello"); my $r = ""; vec($r, fileno($u), 1) = 1;
if (select($r, undef, undef, 0.1) > 0) { my $text = ""; if (defined $u->recv($text, 100)) { print "answered\\n"; exit } } }
print "silent\\n"' "$1" "$2"; }
echo "=before $(ask 40000 100)"
iptables -t nat -F; iptables -t mangle -F
iptables -A FORWARD -m conntrack --ctstate NEW -j DROP
iptables -A FORWARD -m connmark ! --mark 0x80/0x80 -j DROP
dump() { for f in 'link.json ip -json -details link show' 'addr.json ip -json addr show' 'rule.json ip -json rule show' \\
 'route.json ip -4 -json route show table all' 'neigh.json ip -json neigh show' 'iptables-save.txt iptables-save' \\
 'ipset-save.txt true' 'nft.json nft -j list ruleset' 'conntrack.txt conntrack -L' \\
 'sysctl.txt sysctl net.ipv4.ip_forward net.ipv4.conf'; do
set -- $f; name=$1; shift
echo "=file $name"; eval "$in $*" 2>/dev/null; echo
done; }
in=; echo "=stack router"; dump
in="nsenter -t $c -n"; echo "=stack client"; dump
in="nsenter -t $s -n"; echo "=stack server"; dump
echo "=old $(ask 40000 50)"
echo "=new $(ask 40001 3)"
`

interface Kernel {
  readonly files: ReadonlyMap<string, string>
  readonly said: ReadonlyMap<string, string>
}

function runKernel(): Kernel {
  const files = new Map<string, string>()
  const said = new Map<string, string>()
  let stack = ''
  let file = ''
  for (const line of inFreshNamespace(script).split('\n')) {
    const [word = '', rest = ''] = line.startsWith('=') ? line.slice(1).split(' ', 2) : []
    if (word === 'stack') stack = rest
    else if (word === 'file') file = `stacks/${stack}/${rest}`
    else if (word !== '') said.set(word, rest)
    else if (file !== '') files.set(file, `${files.get(file) ?? ''}${line}\n`)
  }
  const stacks = ['client', 'router', 'server']
  files.set(
    'bundle.json',
    JSON.stringify({
      version: 1,
      stacks: stacks.map((id) => ({ id, dir: `stacks/${id}` })),
      wires: [
        { a: ['client', 'eth0'], b: ['router', 'left'] },
        { a: ['router', 'right'], b: ['server', 'eth0'] },
      ],
    }),
  )
  return { files, said }
}

describe('a connection that was there before', () => {
  const { files, said } = runKernel()
  const fabric = compileFabric(readFabric(files, null).fabric)
  const flow = (sourcePort?: number, more: Partial<Flow> = {}): Flow => ({
    from: 'client',
    to: ip('10.100.0.10'),
    protocol: UDP,
    destinationPort: 53,
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...more,
  })

  test('keeps its translation and its mark after the rules are gone, as in the kernel', () => {
    expect([said.get('before'), said.get('old')]).toEqual(['answered', 'answered'])
    const { paths } = predict(fabric, flow(40000))
    const [path] = paths
    expect(path).toMatchObject({ verdict: 'delivered', replyVerdict: 'delivered', deliveredAt: 'server' })
    expect(path?.translations().map(({ kind, from, to }) => `${kind} ${from} ${to}`)).toEqual([
      'DNAT 10.100.0.10 10.1.0.2',
      'SNAT 10.0.0.1 10.1.0.1',
    ])
    expect(path?.received().forward).toMatchObject({
      src: '10.1.0.1',
      dst: '10.1.0.2',
      destinationPort: 5353,
    })
    const router = path?.path().forward.find((hop) => hop.stack === 'router')
    expect(router?.decisions[0]).toMatchObject({
      stage: 'conntrack',
      by: expect.stringContaining('src=10.0.0.1 dst=10.100.0.10 sport=40000 dport=53') as string,
      effect: 'the connection exists already',
    })
  })

  test('another port is a new connection, to which the new rules apply', () => {
    expect(said.get('new')).toBe('silent')
    expect(predict(fabric, flow(40001)).paths[0]).toMatchObject({ verdict: 'dropped', stoppedAt: 'router' })
  })

  test('so is a port that nobody named, and a flow that is asked as a fresh one', () => {
    expect(predict(fabric, flow()).paths.map((path) => path.verdict)).toEqual(['dropped'])
    expect(predict(fabric, flow(40000, { fresh: true })).paths[0]).toMatchObject({ verdict: 'dropped' })
  })

  test('its reply is part of it as well', () => {
    const { paths } = predict(fabric, {
      from: 'server',
      to: ip('10.1.0.1'),
      protocol: UDP,
      sourcePort: 5353,
      destinationPort: 40000,
    })
    expect(paths[0]).toMatchObject({ verdict: 'delivered', deliveredAt: 'client' })
    expect(paths[0]?.received().forward).toMatchObject({
      src: '10.100.0.10',
      sourcePort: 53,
      dst: '10.0.0.1',
    })
  })
})
