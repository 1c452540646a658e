/** Kernel parameters: `net.ipv4.ip_forward` → `1`. A slash in a name stands for a dot inside an interface's name. */
export type Sysctls = ReadonlyMap<string, string>

/** The number of a parameter; undefined when it was not read. */
export function sysctlNumber(sysctls: Sysctls, name: string): number | undefined {
  const text = sysctls.get(name)
  if (text === undefined || !/^-?\d{1,10}$/.test(text)) return undefined
  return Number(text)
}

/** `net.ipv4.ip_forward = 1`, as sysctl prints it; without a value where it was not read. */
export const sysctlLine = (sysctls: Sysctls, name: string): string => {
  const value = sysctls.get(name)
  return value === undefined ? name : `${name} = ${value}`
}

/** `net.ipv4.conf.eth0.rp_filter`; a dot in the interface's name becomes a slash, as sysctl writes it. */
export const interfaceSysctl = (family: 4 | 6, device: string, name: string): string =>
  `net.ipv${family}.conf.${device.replaceAll('.', '/')}.${name}`

/** Whether the settings of an IPv4 interface of its own were read: each of them has these. */
export const hasInterfaceSysctls = (sysctls: Sysctls, device: string): boolean =>
  sysctls.has(interfaceSysctl(4, device, 'rp_filter')) ||
  sysctls.has(interfaceSysctl(4, device, 'forwarding'))
