import { beforeAll, describe, expect, test } from 'vitest'
import { compileFabric } from '../../src/forward/compile/fabric.ts'
import { predict } from '../../src/forward/walk/predict.ts'
import { readFabric } from '../../src/linux/fabric.ts'
import { ip } from '../../src/model/address/address.ts'
import { UDP } from '../../src/model/packet/packet.ts'
import { inFreshNamespace } from '../intent/fresh-namespace.ts'
import { cases } from './single-matches.table.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const script = `
unshare -n sleep 600 & c=$!
unshare -n sleep 600 & s=$!
trap 'kill $c $s $server 2>/dev/null' EXIT
own=$(readlink /proc/self/ns/net)
for p in $c $s; do until [ "$(readlink /proc/$p/ns/net)" != "$own" ]; do :; done; done
ip link set lo up; sysctl -qw net.ipv4.ip_forward=1
ip link add left type veth peer name eth0 address 02:00:00:00:00:01 netns $c; ip link add right type veth peer name eth0 netns $s
ip addr add 10.0.0.2/24 dev left; ip addr add 10.1.0.1/24 dev right; ip link set left up; ip link set right up
nsenter -t $c -n sh -c 'ip link set lo up; ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.0.2'
nsenter -t $s -n sh -c 'ip link set lo up; ip addr add 10.1.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.1.0.1'
nsenter -t $s -n perl -MIO::Socket::INET -e '
my $u = IO::Socket::INET->new(Proto => "udp", LocalPort => 5353) or die;
while (1) { my $from = $u->recv(my $text, 100) or next; $u->send("back", 0, $from) }' 2>/dev/null & server=$!
ask() { nsenter -t $c -n perl -MIO::Socket::INET -e '
my ($port, $wait) = @ARGV;
my $u = IO::Socket::INET->new(Proto => "udp", LocalPort => $port, PeerAddr => "10.1.0.2", PeerPort => 5353) or do { print "silent"; exit };
for (1 .. $wait) { $u->send("hello") or next; my $r = ""; vec($r, fileno($u), 1) = 1;
if (select($r, undef, undef, 0.1) > 0) { my $text = ""; if (defined $u->recv($text, 100)) { print "answered"; exit } } }
print "silent"' "$1" "$2"; }
for i in $(seq 100); do [ "$(ask 30000 1)" = answered ] && break; done
dump() { for f in 'link.json ip -json -details link show' 'addr.json ip -json addr show' 'rule.json ip -json rule show' \\
 'route.json ip -4 -json route show table all' 'neigh.json ip -json neigh show' 'iptables-save.txt iptables-save' \\
 'ipset-save.txt ipset save' 'nft.json nft -j list ruleset' 'sysctl.txt sysctl net.ipv4.ip_forward net.ipv4.conf'; do
set -- $f; name=$1; shift
echo "=file $name"; eval "$in $*" 2>/dev/null; echo
done; }
n=0
try() {
n=$((n+1)); echo "=case $n"
sh -c "$1" 2>&1 | sed 's/^/=trouble /'; nsenter -t $c -n sh -c "$2" 2>&1 | sed 's/^/=trouble /'
in=; echo "=stack router"; dump
in="nsenter -t $c -n"; echo "=stack client"; dump
if [ $n = 1 ]; then in="nsenter -t $s -n"; echo "=stack server"; dump; fi
echo "=was $(ask $((40000+n)) 3)"
for t in raw mangle nat filter; do iptables -t $t -F; done; iptables -P FORWARD ACCEPT; iptables -X
for f in ip inet netdev arp; do nft delete table $f t 2>/dev/null || true; done
for d in left right; do ip neigh flush dev $d || true; done
nsenter -t $c -n ip rule del pref 100 2>/dev/null || true
}
${cases.map((one) => `try ${quoted(one.router ?? 'true')} ${quoted(one.client ?? 'true')}`).join('\n')}
`

interface Outcome {
  readonly files: Map<string, string>
  was: string
  trouble: string
}

function runKernel(): readonly Outcome[] {
  const outcomes: Outcome[] = []
  let stack = ''
  let file = ''
  for (const line of inFreshNamespace(script, '', 300_000).split('\n')) {
    const found = /^=(\w+) ?(.*)$/.exec(line)
    const now = outcomes.at(-1)
    if (found?.[1] === 'case') outcomes.push({ files: new Map(), was: '', trouble: '' })
    else if (!now) continue
    else if (found?.[1] === 'stack') stack = found[2] ?? ''
    else if (found?.[1] === 'file') file = `stacks/${stack}/${found[2] ?? ''}`
    else if (found?.[1] === 'was') now.was = found[2] ?? ''
    else if (found?.[1] === 'trouble') now.trouble += `${found[2] ?? ''}\n`
    else now.files.set(file, `${now.files.get(file) ?? ''}${line}\n`)
  }
  return outcomes
}

const index = JSON.stringify({
  version: 1,
  stacks: ['client', 'router', 'server'].map((id) => ({ id, dir: `stacks/${id}` })),
  wires: [
    { a: ['client', 'eth0'], b: ['router', 'left'] },
    { a: ['router', 'right'], b: ['server', 'eth0'] },
  ],
})

describe('each by itself, the kernel says the same', () => {
  let outcomes: readonly Outcome[] = []
  beforeAll(() => {
    outcomes = runKernel()
  }, 300_000)
  test.for(cases.map((one, i) => ({ ...one, i, name: one.router ?? one.client ?? '' })))(
    '$name',
    ({ i, unknown, either }, { skip }) => {
      const outcome = outcomes[i]
      if (!outcome) throw new Error('the kernel was not asked')
      if (outcome.trouble !== '') skip(`this kernel can judge nothing here: ${outcome.trouble}`)
      const { fabric } = readFabric(
        new Map([...(outcomes[0]?.files ?? []), ...outcome.files, ['bundle.json', index]]),
        null,
      )
      const { paths } = predict(compileFabric(fabric), {
        from: 'client',
        to: ip('10.1.0.2'),
        protocol: UDP,
        destinationPort: 5353,
        sourcePort: 40001 + i,
        length: 33,
        uid: 0,
        fresh: true,
      })
      const isAnswered = (path: (typeof paths)[number] | undefined): boolean =>
        path?.verdict === 'delivered' && path.replyVerdict === 'delivered'
      if (either === true) {
        expect(new Set(paths.map(isAnswered))).toEqual(new Set([true, false]))
        return
      }
      const [path, ...others] = paths
      expect(others).toEqual([])
      if (unknown !== undefined) {
        expect(path).toMatchObject({
          verdict: 'unknown',
          stoppedAt: 'router',
          decision: { by: expect.stringContaining(unknown) as string },
        })
        return
      }
      const answered = isAnswered(path)
      expect({ answered, decision: path?.decision?.by }).toMatchObject({
        answered: outcome.was === 'answered',
      })
    },
  )
})
