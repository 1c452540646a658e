import type { IptablesBackend } from '../../intent/iptables-table.ts'

/** The small files that a host and a pod have of their own. */

export const nodeFiles = (
  name: string,
  region: string,
  resolver: string,
): Readonly<Record<string, string>> => ({
  '/etc/hostname': `${name}\n`,
  '/etc/hosts':
    '127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4\n::1         localhost6 localhost6.localdomain6\n',
  '/etc/resolv.conf': `search ${region}.compute.internal\noptions timeout:2 attempts:5\nnameserver ${resolver}\n`,
})

export const podFiles = (
  hostname: string,
  hosts: string,
  resolvConf: string,
): Readonly<Record<string, string>> => ({
  '/etc/hostname': `${hostname}\n`,
  '/etc/hosts': hosts,
  '/etc/resolv.conf': resolvConf,
})

/** Which of its two iptables a machine means by `iptables`: on Debian a link, as AL2 has the legacy one and AL2023 nft. */
export const iptablesLinks = (backend: IptablesBackend): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['iptables', 'ip6tables'].flatMap((program) =>
      ['', '-save', '-restore'].map((part) => [
        `/etc/alternatives/${program}${part}`,
        `/usr/sbin/${program}-${backend}${part}`,
      ]),
    ),
  )
