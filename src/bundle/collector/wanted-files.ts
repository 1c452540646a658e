/**
 * The files of an EKS log collector's archive that say how packets travel (log-collector-script/linux/eks-log-collector.sh,
 * version 0.7.9). Everything else in it (logs, most of the octets) is skipped without being kept.
 */

export interface WantedFile {
  /** The most octets that are read of it. */
  readonly octets: number
  /** A file of lines: a line may have so many characters. Null: one value (JSON) that may stand on one line. */
  readonly lineLength: number | null
}

const mebibyte = 1024 * 1024
const lines = (octets: number): WantedFile => ({ octets, lineLength: 64 * 1024 })
const value = (octets: number): WantedFile => ({ octets, lineLength: null })

/**
 * `iptables -n -v --list` of three tables, for people. Not read: rules cannot be read back from a listing, and raw and
 * security are not listed at all; but who misses iptables-save is told that they are there.
 */
export const listings: readonly string[] = ['iptables', 'ip6tables'].flatMap((program) =>
  ['mangle', 'filter', 'nat'].map((table) => `networking/${program}-${table}.txt`),
)

export const wantedFiles: ReadonlyMap<string, WantedFile> = new Map([
  ['networking/iprule.txt', lines(4 * mebibyte)],
  ['networking/ip6rule.txt', lines(4 * mebibyte)],
  ['networking/iproute.txt', lines(16 * mebibyte)],
  ['networking/ip6route.txt', lines(16 * mebibyte)],
  ['networking/iptables-save.txt', lines(64 * mebibyte)],
  ['networking/ip6tables-save.txt', lines(64 * mebibyte)],
  ['networking/ifconfig.txt', lines(4 * mebibyte)],
  ['networking/ipset.txt', lines(32 * mebibyte)],
  ['networking/conntrack.txt', lines(64 * mebibyte)],
  ['sysctls/sysctl_all.txt', lines(8 * mebibyte)],
  ['ipamd/enis.json', value(16 * mebibyte)],
  ['ipamd/ipam.json', value(16 * mebibyte)],
  ['system/instance-id.txt', lines(4096)],
  ['kernel/uname.txt', lines(4096)],
])
