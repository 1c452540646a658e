import type { PodSpec } from './pod.ts'

/** A setting of the kernel's that a pod asks for in its own namespaces. */
export interface PodSysctl {
  readonly name: string
  readonly value: string
}

/** Which of a pod's namespaces a safe one belongs to. */
const safe: ReadonlyMap<string, 'IPC' | 'Net'> = new Map([
  ['kernel.shm_rmid_forced', 'IPC'],
  ...[
    ...['ip_local_port_range', 'tcp_syncookies', 'ping_group_range', 'ip_unprivileged_port_start'],
    ...['ip_local_reserved_ports', 'tcp_keepalive_time', 'tcp_keepalive_intvl', 'tcp_keepalive_probes'],
    ...['tcp_fin_timeout', 'tcp_rmem', 'tcp_wmem'],
  ].map((name) => [`net.ipv4.${name}`, 'Net'] as const),
])

/** The longest name of one (pkg/apis/core/validation, SysctlMaxLength). */
const longest = 253
const segment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const pattern = `(${segment}[\\./])*${segment}`
const names = new RegExp(`^${pattern}$`)

/** The real server's words for a name that is none; null when it is one. */
export const sysctlNameProblem = (name: string): string | null =>
  name.length <= longest && names.test(name)
    ? null
    : `must have at most ${String(longest)} characters and match regex ${pattern}`

/**
 * With dots between its parts: where the first separator is a slash, slashes separate and dots belong to the parts
 * (sysctl(8); component-helpers/node/util/sysctl, ConvertSysctlVariableToDotsSeparator).
 */
export const withDots = (name: string): string =>
  /^[^./]*\//.test(name) ? name.replace(/[./]/g, (one) => (one === '/' ? '.' : '/')) : name

/** What a pod's security context asks for. */
export function sysctlsOf(spec: PodSpec): readonly PodSysctl[] {
  const list = spec.securityContext?.['sysctls']
  return (Array.isArray(list) ? list : []).flatMap((one) => {
    const { name, value } = (typeof one === 'object' && one !== null ? one : {}) as Partial<PodSysctl>
    return typeof name === 'string' ? [{ name, value: typeof value === 'string' ? value : '' }] : []
  })
}

/** The namespace of its node's that a pod shares and that this one would be set in; null when it has its own. */
export function sharedNamespace(spec: PodSpec, name: string): 'hostNetwork' | 'hostIPC' | null {
  const dotted = withDots(name)
  if (spec.hostNetwork === true && dotted.startsWith('net.')) return 'hostNetwork'
  const isIpc = /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(dotted)
  return spec.hostIPC === true && isIpc ? 'hostIPC' : null
}

/**
 * Why a kubelet without `--allowed-unsafe-sysctls` does not take a pod, in its words (pkg/kubelet/sysctl, of the release that a lab stands
 * for); null when it does. A safe one is the pod's own, and has no effect on others.
 */
export function sysctlRefusal(spec: PodSpec): string | null {
  for (const { name } of sysctlsOf(spec)) {
    const dotted = withDots(name)
    const namespace = safe.get(dotted)
    if (namespace === undefined) return `forbidden sysctl: ${JSON.stringify(dotted)} not allowlisted`
    if (sharedNamespace(spec, name) !== null)
      return `forbidden sysctl: ${JSON.stringify(dotted)} not allowed with host ${namespace} enabled`
  }
  return null
}
