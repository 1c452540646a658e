import { spawn } from 'node:child_process'
import { localRunner } from '../../src/exec/local.ts'
import { namespaceRunner } from '../../src/exec/namespace.ts'
import type { Runner } from '../../src/exec/runner.ts'

/** A node with two pods, as the VPC CNI would wire them, in namespaces of its own: nothing else of the machine is seen. */
export interface TestNode {
  /** Where an agent would run: the node's own network and process namespaces. */
  readonly runner: Runner
  remove(): void
}

export const podA = { address: '192.168.1.239', uid: '0f1e2d3c-0000-4000-8000-00000000000a' }
export const podB = { address: '192.168.1.147', uid: '0f1e2d3c-0000-4000-8000-00000000000b' }

const setUp = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
ip link set lo up
ip link add eth0 type bridge; ip addr add 192.168.1.138/24 dev eth0; ip link set eth0 up
sysctl -qw net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING ! -d 192.168.0.0/16 -m comment --comment "AWS, SNAT" -j SNAT --to-source 192.168.1.138
pod() {
  name=$1 address=$2 veth=$3
  mkdir -p /run/$name
  printf 'nameserver 192.168.0.2\\nsearch default.svc.cluster.local\\noptions timeout:1 attempts:1\\n' >/run/$name/resolv.conf
  printf '127.0.0.1 localhost\\n%s %s\\n10.99.0.9 only-in-%s\\n' $address $name $name >/run/$name/hosts
  unshare -n -m -u sh -c '
    mount --make-rprivate /
    mount --bind /run/'$name'/resolv.conf /etc/resolv.conf; mount --bind /run/'$name'/hosts /etc/hosts
    ip link set lo up; echo up >/run/'$name'/up; exec sleep 600' &
  pid=$!
  until [ -e /run/$name/up ]; do :; done
  ip link add $veth type veth peer name eth0 netns $pid
  ip link set $veth up; ip route add $address/32 dev $veth
  nsenter -t $pid -n sh -c "
    ip link set eth0 up; ip route add 169.254.1.1 dev eth0 scope link; ip route add default via 169.254.1.1
    ip addr add $address/32 dev eth0
    ip neigh add 169.254.1.1 lladdr $(cat /sys/class/net/$veth/address 2>/dev/null || ip -o link show $veth | sed 's/.*ether //; s/ .*//') nud permanent dev eth0"
}
pod a 192.168.1.239 enia
pod b 192.168.1.147 enib
echo ready
exec cat
`

/** Needs root and `unshare`. The node ends with this process at the latest: it reads our pipe. */
export async function startNode(): Promise<TestNode> {
  const node = spawn(
    'unshare',
    ['-n', '-m', '-p', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', setUp],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  await new Promise<void>((resolve, reject) => {
    node.stdout.once('data', () => resolve())
    node.once('exit', (code) => reject(new Error(`the test node did not start: ${code}`)))
  })
  // unshare's child is the first process of the new namespaces.
  const inside = (
    await localRunner().run(['cat', `/proc/${node.pid}/task/${node.pid}/children`])
  ).stdout.trim()
  return {
    runner: namespaceRunner(localRunner(), { pid: Number(inside), namespaces: ['mount', 'pid', 'net'] }),
    remove: () => {
      node.stdin.end()
      node.kill('SIGKILL')
    },
  }
}
