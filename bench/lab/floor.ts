import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Milliseconds; the floor: what plain iproute2 needs for the same pod namespaces: for each node one `ip -batch` before and one after,
 * and one in each pod's. Made in namespaces of its own that end with the process.
 */
export async function floorOf(pods: number, nodes: number): Promise<number> {
  const perNode = Array.from({ length: nodes }, (_, node) => Math.floor((pods + node) / nodes)).filter(
    (n) => n > 0,
  )
  const script = [
    'set -e',
    'mount --make-rprivate /',
    'mount -t tmpfs tmpfs /run',
    'mkdir /run/netns',
    'begun=$(date +%s%N)',
    ...perNode.map((count, node) => nodeScript(node, count)),
    'ended=$(date +%s%N)',
    'echo $(( (ended - begun) / 1000 ))',
  ].join('\n')
  const run = promisify(execFile)(
    'unshare',
    [...asRoot(), '--net', '--mount', '--pid', '--fork', '--kill-child', 'sh'],
    { encoding: 'utf8' },
  )
  run.child.stdin?.end(script)
  const { stdout } = await run
  return Number(stdout.trim()) / 1000
}

/** Without root, a user namespace of our own. */
export const asRoot = (): readonly string[] => (process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'])

const nodeScript = (node: number, count: number): string => {
  const pods = Array.from({ length: count }, (_, i) => ({
    name: `pod-${node}-${i}`,
    host: `eni${node}x${i}`,
    address: `192.168.${1 + node}.${4 + i}`,
    mac: `02:00:00:00:${(node + 16).toString(16)}:${(i + 16).toString(16)}`,
  }))
  const batch = (lines: readonly string[], enter = ''): string =>
    `${enter}ip -batch - <<'END'\n${lines.join('\n')}\nEND`
  return [
    batch(pods.map(({ name }) => `netns add ${name}`)),
    ...pods.map(({ name, host, address, mac }) =>
      batch(
        [
          `link add name eth0 mtu 9001 type veth peer name ${host} mtu 9001 address ${mac} netns 1`,
          'link set lo up',
          'link set eth0 up',
          'route replace 169.254.1.1 dev eth0 scope link',
          'route replace default via 169.254.1.1 dev eth0',
          `addr add ${address}/32 dev eth0`,
          `neigh replace 169.254.1.1 lladdr ${mac} dev eth0 nud permanent`,
        ],
        `nsenter --net=/run/netns/${name} `,
      ),
    ),
    batch(
      pods.flatMap(({ host, address }) => [
        `link set ${host} up`,
        `route replace ${address} dev ${host} scope link`,
        `rule add pref 512 from all to ${address} lookup main`,
      ]),
    ),
  ].join('\n')
}
