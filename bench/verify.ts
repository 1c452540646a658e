import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from './lab/bench-lab.ts'
import { asRoot } from './lab/floor.ts'
import type { BenchRow } from './row.ts'
import { inWords, sampleOf } from './sample.ts'

const runs = 5

/**
 * `podpath verify --lab` from nothing to its report, against a script that a person might write: three nodes and three
 * pods around one router, tcpdump in all six, the same three pings of two, and the captures printed. The script has no
 * Kubernetes, no AWS, no DNS, no security groups, and nothing reads its captures.
 */
export function benchVerify(): readonly BenchRow[] {
  const directory = mkdtempSync(join(tmpdir(), 'podpath-bench-'))
  try {
    const ours: number[] = []
    const byHand: number[] = []
    for (let run = 0; run < runs; run++) {
      byHand.push(
        timeOf(
          'unshare',
          [...asRoot(), '--net', '--mount', '--pid', '--fork', '--kill-child', 'bash', '-c', script],
          {},
        ),
      )
      ours.push(
        timeOf(process.execPath, [join(packageRoot, 'bin/podpath.js'), 'verify', '--lab'], {
          PODPATH_RUNTIME_DIR: directory,
        }),
      )
    }
    const us = sampleOf(ours)
    const hand = sampleOf(byHand)
    return [
      {
        name: 'verify: from nothing to the report',
        value: us.median / hand.median,
        unit: 'x',
        note: `podpath verify --lab ${inWords(us, 'ms')}; three namespaces, pings and tcpdumps by a shell script ${inWords(hand, 'ms')}`,
      },
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function timeOf(program: string, args: readonly string[], env: Readonly<Record<string, string>>): number {
  const begun = performance.now()
  const { status, error, stderr } = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  if (error || status !== 0)
    throw new Error(`${program} ${args.slice(0, 3).join(' ')} exited ${status ?? '?'}: ${stderr.slice(-500)}`)
  return performance.now() - begun
}

const script = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /tmp; mkdir /run/netns
echo 1 > /proc/sys/net/ipv4/ip_forward
ip -batch - <<END
$(for n in 1 2 3; do cat <<NODE
netns add node$n
netns add pod$n
link add name n$n type veth peer name eth0 netns node$n
link set n$n up
addr add 192.168.$n.1/24 dev n$n
NODE
done)
END
for n in 1 2 3; do
  nsenter --net=/run/netns/node$n sh -c "echo 1 > /proc/sys/net/ipv4/ip_forward; ip -batch -" <<END
link set lo up
link set eth0 up
addr add 192.168.$n.138/24 dev eth0
route add default via 192.168.$n.1
link add name eni type veth peer name eth0 netns pod$n
link set eni up
route add 192.168.$n.239 dev eni
neigh add proxy 169.254.1.1 dev eni
END
  nsenter --net=/run/netns/node$n sh -c 'echo 1 > /proc/sys/net/ipv4/conf/eni/proxy_arp; echo 0 > /proc/sys/net/ipv4/neigh/eni/proxy_delay'
  nsenter --net=/run/netns/pod$n ip -batch - <<END
link set lo up
link set eth0 up
addr add 192.168.$n.239/32 dev eth0
route add 169.254.1.1 dev eth0
route add default via 169.254.1.1
END
  ip route add 192.168.$n.239 via 192.168.$n.138
done
for name in node1 node2 node3 pod1 pod2 pod3; do
  nsenter --net=/run/netns/$name tcpdump -i any -n -U -w /tmp/$name.pcap icmp 2>/tmp/$name.log &
  watchers="$watchers $!"
done
for name in node1 node2 node3 pod1 pod2 pod3; do until grep -q listening /tmp/$name.log; do sleep 0.01; done; done
ping="ping -n -c 2 -i 0.2"
nsenter --net=/run/netns/pod1 $ping 192.168.2.239 & first=$!
nsenter --net=/run/netns/pod1 $ping 192.168.3.239 & second=$!
nsenter --net=/run/netns/pod2 $ping 192.168.3.239 & third=$!
wait $first && wait $second && wait $third
kill -INT $watchers
wait $watchers
for name in node1 node2 node3 pod1 pod2 pod3; do tcpdump -n -r /tmp/$name.pcap 2>/dev/null; done
`
