/** Capabilities by their numbers (linux/capability.h). */
const capabilities = [
  ...['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap'],
  ...['linux_immutable', 'net_bind_service', 'net_broadcast', 'net_admin', 'net_raw', 'ipc_lock'],
  ...['ipc_owner', 'sys_module', 'sys_rawio', 'sys_chroot', 'sys_ptrace', 'sys_pacct', 'sys_admin'],
  ...['sys_boot', 'sys_nice', 'sys_resource', 'sys_time', 'sys_tty_config', 'mknod', 'lease', 'audit_write'],
  ...['audit_control', 'setfcap', 'mac_override', 'mac_admin', 'syslog', 'wake_alarm', 'block_suspend'],
  ...['audit_read', 'perfmon', 'bpf', 'checkpoint_restore'],
] as const

/** What a container has without asking for more: containerd's default set (oci/spec.go, defaultUnixCaps). */
export const defaultCapabilities = [
  'chown',
  'dac_override',
  'fsetid',
  'fowner',
  'mknod',
  'net_raw',
  'setgid',
  'setuid',
  'setfcap',
  'setpcap',
  'net_bind_service',
  'sys_chroot',
  'kill',
  'audit_write',
] as const

/** A capability's name without CAP_, in small letters; undefined when there is none: runc passes over it. */
const knownName = (name: string): (typeof capabilities)[number] | undefined => {
  const plain = name.toLowerCase().replace(/^cap_/, '')
  return capabilities.find((one) => one === plain)
}

/** Those of these that there are. */
export const capabilityNames = (names: readonly string[]): readonly string[] =>
  names.flatMap((name) => knownName(name) ?? [])

export const capabilityNumbers = (names: readonly string[]): readonly number[] =>
  names.flatMap((name) => {
    const known = knownName(name)
    return known === undefined ? [] : [capabilities.indexOf(known)]
  })
