import type { Argv } from '../../exec/runner.ts'
import { findNamespaceScript, foundNamespace, uidPattern } from '../collect/find-namespace-script.ts'
import type { WantedPod } from '../collect/snapshot-script.ts'

/** Our marker packets go to addresses of 127/8, which every stack answers itself; the filter lets them through. */
const markerFilter = 'icmp and net 127.0.0.0/8'

/**
 * Captures one stack: `sh -c CAPTURE podpath ADDRESS UID SNAPLEN BUFFER FILTER`; an address of `-` is the node itself.
 * The shell becomes tcpdump, so that its exit is the command's. A child reads our words from standard input:
 * `mark A.B.C` pings 127.A.B.C in the captured stack, `stop`, or the end of the input, ends tcpdump. So a
 * broken connection ends it too. The child signals only a process with the start time of its own parent
 * (field 22 of /proc/PID/stat, proc(5)): ours, whatever became of its number.
 */
const capture = `${findNamespaceScript}
address=$1 uid=$2 snap=$3 buffer=$4 filter=$5 enter=
if [ "$address" != - ]; then
find_namespaces
find_pid "$address" "$uid"
[ "$pid" ] || { printf '#podpath absent %s\\n' "$why" >&2; exit 3; }
enter="nsenter --net=${foundNamespace}"
fi
printf '#podpath links %s\\n' "$($enter ip -json link show)" >&2
read -r stat </proc/$$/stat; set -- $stat; born=\${22}
exec 3<&0
{ while read -r word value; do
case $word in mark) $enter ping -n -c 1 -W 1 "127.$value";; *) break;; esac
done
if read -r stat </proc/$$/stat; then set -- $stat; [ "\${22}" = "$born" ] && kill -TERM $$; fi
} <&3 >/dev/null 2>&1 &
exec 3<&-
exec $enter tcpdump -i any -w - -U -s "$snap" -B "$buffer" --immediate-mode -Z root -- "$filter"
`

export interface CaptureCommand {
  /** Null: the node's own stack. */
  readonly pod: WantedPod | null
  /** pcap-filter(7); empty is everything. */
  readonly filter: string
  /** Octets kept of each packet. */
  readonly snapLength: number
  /** KiB of the kernel's buffer. */
  readonly bufferKiB: number
}

const withMarkers = (filter: string): string => (filter === '' ? '' : `(${filter}) or (${markerFilter})`)

/** Octets kept of each packet: enough for the headers and the beginning of a payload; the tutorial's packets are 84. */
export const defaultSnapLength = 160
export const defaultBufferKiB = 4096

/** The tcpdump that the script becomes, for people to read. */
export const captureCommandLine = (filter: string): string =>
  `tcpdump -i any -w - -U -s ${defaultSnapLength} -B ${defaultBufferKiB} --immediate-mode -Z root -- '${withMarkers(filter)}'`

export const captureArgv = ({ pod, filter, snapLength, bufferKiB }: CaptureCommand): Argv => [
  'sh',
  '-c',
  capture,
  'podpath',
  pod?.address ?? '-',
  uidPattern(pod?.uid ?? ''),
  String(snapLength),
  String(bufferKiB),
  withMarkers(filter),
]
