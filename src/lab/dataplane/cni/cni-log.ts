import type { SettingProblem } from '../../../intent/vpc-cni/settings.ts'
import type { Act } from '../act.ts'

/** The two files of aws-node on a node. */
export type CniLogFile = 'ipamd' | 'plugin'

export interface CniLogEntry {
  readonly file: CniLogFile
  readonly level: 'debug' | 'info' | 'error'
  readonly msg: string
}

export const cniLogDirectory = '/var/log/aws-routed-eni'

/**
 * Writes down what was just done, a JSON object a line in zap's form as aws-node writes it (pkg/utils/logger). Where
 * upstream names its source line, `caller` names the lab's part that did it.
 */
export function logActs(entries: readonly CniLogEntry[], now: Date): readonly Act[] {
  const files: readonly CniLogFile[] = ['ipamd', 'plugin']
  return files.flatMap((file): Act[] => {
    const text = entries
      .filter((entry) => entry.file === file)
      .map(
        ({ level, msg }) =>
          `${JSON.stringify({ level, ts: now.toISOString(), caller: `podpath-lab/${file}`, msg })}\n`,
      )
      .join('')
    return text === ''
      ? []
      : [{ kind: 'file', why: `${file}.log`, path: `${cniLogDirectory}/${file}.log`, text, append: true }]
  })
}

export interface LoggedPod {
  readonly namespace: string
  readonly name: string
  readonly netns: string
  readonly address: string
  readonly deviceIndex: number
  readonly hostInterface: string
  readonly routeTable: string
}

const requestOf = (pod: LoggedPod, container: string): string =>
  `ContainerID(${container}) Netns(/var/run/netns/${pod.netns}) IfName(eth0) Args(K8S_POD_NAMESPACE=${pod.namespace};K8S_POD_NAME=${pod.name})`

/** The words of the CNI plugin and of ipamd for one ADD (cmd/routed-eni-cni-plugin/cni.go, pkg/ipamd/rpc_handler.go). */
export function addEntries(pod: LoggedPod, mtu: number): readonly CniLogEntry[] {
  const container = pod.netns.replace(/^cni-/, '')
  return [
    { file: 'plugin', level: 'info', msg: `Received CNI add request: ${requestOf(pod, container)}` },
    {
      file: 'ipamd',
      level: 'info',
      msg: `Received AddNetwork for NS /var/run/netns/${pod.netns}, Sandbox ${container}, ifname eth0`,
    },
    {
      file: 'ipamd',
      level: 'info',
      msg: `AssignPodIPv4Address: Assign IP ${pod.address} to sandbox aws-cni/${container}/eth0`,
    },
    {
      file: 'ipamd',
      level: 'info',
      msg: `Send AddNetworkReply: IPv4Addr: ${pod.address}, IPv6Addr: , DeviceNumber: ${pod.deviceIndex}, err: <nil>`,
    },
    {
      file: 'plugin',
      level: 'info',
      msg: `Received add network response from ipamd for container ${container} interface eth0: Success:true IPv4Addr:"${pod.address}" DeviceNumber:${pod.deviceIndex}`,
    },
    {
      file: 'plugin',
      level: 'debug',
      msg: `SetupPodNetwork: hostVethName=${pod.hostInterface}, contVethName=eth0, netnsPath=/var/run/netns/${pod.netns}, ipAddr=${pod.address}/32, routeTable=${pod.routeTable}, mtu=${mtu}`,
    },
  ]
}

/** The same for one DEL. */
export function removeEntries(pod: LoggedPod): readonly CniLogEntry[] {
  const container = pod.netns.replace(/^cni-/, '')
  return [
    { file: 'plugin', level: 'info', msg: `Received CNI del request: ${requestOf(pod, container)}` },
    {
      file: 'ipamd',
      level: 'info',
      msg: `UnassignPodIPAddress: sandbox aws-cni/${container}/eth0's ipAddr ${pod.address}, DeviceNumber ${pod.deviceIndex}`,
    },
    {
      file: 'ipamd',
      level: 'info',
      msg: `Send DelNetworkReply: IPv4Addr: ${pod.address}, IPv6Addr: , DeviceNumber: ${pod.deviceIndex}, err: <nil>`,
    },
    {
      file: 'plugin',
      level: 'debug',
      msg: `TeardownPodNetwork: containerAddr=${pod.address}/32, routeTable=${pod.routeTable}`,
    },
  ]
}

/** aws-node starts: a variable that it cannot read has its default. */
export const startEntries = (problems: readonly SettingProblem[]): readonly CniLogEntry[] => [
  { file: 'ipamd', level: 'info', msg: 'Setting up host network' },
  ...problems.map(({ variable, value, because }): CniLogEntry => ({
    file: 'ipamd',
    level: 'error',
    msg: `Failed to parse ${variable}: ${JSON.stringify(value)} is ${because.replaceAll('-', ' ')}; using its default`,
  })),
]

/** An ENI that came or went, and the pool after it. */
export const eniEntries = (
  change: 'attached' | 'detached',
  eni: { readonly id: string; readonly device: string; readonly addresses: number },
  pool: { readonly total: number; readonly assigned: number; readonly cooling: number },
): readonly CniLogEntry[] => [
  {
    file: 'ipamd',
    level: 'info',
    msg:
      change === 'attached'
        ? `Successfully created and attached a new ENI ${eni.id} to instance: ${eni.device}, ${eni.addresses} secondary IPs`
        : `Successfully deleted ENI ${eni.id} (${eni.device})`,
  },
  {
    file: 'ipamd',
    level: 'debug',
    msg: `IP pool stats: Total IPs/Prefixes = ${pool.total}/0, AssignedIPs/CooldownIPs: ${pool.assigned}/${pool.cooling}, c.maxIPsPerENI = ${eni.addresses}`,
  },
]
