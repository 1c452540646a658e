import type { Command } from 'commander'
import { capture, defaultSnapLength, type CaptureSummary } from '../app/capture.ts'
import { exitStatus } from '../model/result/exit-status.ts'
import type { CaptureStack } from '../cluster/capture/capture.ts'
import { printable } from '../edge/printable.ts'
import { jsonText } from '../edge/clean.ts'
import { catalogue } from '../i18n/catalogues.ts'
import type { Gap } from '../model/result/result.ts'
import { renderCaptureStart, renderCaptureSummary } from '../report/capture-summary.ts'
import { livePacketJson } from '../report/live/packet-json.ts'
import { liveLines } from '../report/live/packet-line.ts'
import type { Context } from './process/context.ts'
import { openCaptureOutput } from './output/captures.ts'
import { UsageError } from './process/failure.ts'
import { LiveOutput } from './output/live-output.ts'
import { wholeNumber } from './options/number.ts'
import { progressLine } from './output/progress-line.ts'
import { addReachFlags, reachOf, type ReachFlags } from './options/reach.ts'
import { addSourceFlags, withSource, type SourceFlags } from './options/source.ts'
import { given } from '../edge/given.ts'

interface CaptureFlags extends SourceFlags, ReachFlags {
  readonly filter: string
  readonly out?: string
  readonly count?: string
  readonly duration?: string
  readonly snapLength: string
  readonly json?: boolean
}

/** `podpath capture [ENDPOINT…]` */
export function addCapture(program: Command, context: Context): void {
  const command = program
    .command('capture')
    .description(
      'packets of many pods and nodes at once, in causal order, the same packet marked wherever it is seen',
    )
    .argument('[endpoint...]', '[NAMESPACE/]POD, deploy/NAME, svc/NAME or node/NAME (default: every node)')
  addReachFlags(addSourceFlags(command))
    .option('--filter <expression>', 'which packets, as tcpdump takes it (pcap-filter(7))', '')
    .option(
      '--out <file>',
      'write a pcapng while packets come; - is standard output, for Wireshark’s standard input',
    )
    .option('--count <n>', 'end after so many lines')
    .option('--duration <seconds>', 'end after so long')
    .option('--snap-length <octets>', 'octets kept of each packet', String(defaultSnapLength))
    .option('--json', 'a JSON object a line instead of text')
    .addHelpText(
      'after',
      `
A pod means its own network namespace and its node's. 12.3 is the third place
where packet 12 was seen. SNAT and DNAT mark where an address was rewritten,
un-SNAT and un-DNAT where a reply is given back the address it was sent to.
Ctrl-C ends it, with a summary. What podpath itself sends (TCP port 10250 and
loopback) is not captured on nodes.

Examples:
  podpath capture --lab --filter icmp
  podpath capture deploy/netshoot-pod --lab --out all.pcapng
  podpath capture default/web-1 svc/kube-system/kube-dns --filter 'udp port 53' --duration 60
  podpath capture node/ip-192-168-1-138.ap-northeast-2.compute.internal --json --count 100
  podpath capture default/web-1 --filter 'tcp port 80' --out - | wireshark -k -i -`,
    )
    .action((endpoints: readonly string[], flags: CaptureFlags) =>
      context.run(async () => {
        const { io } = context
        const language = context.language()
        const words = catalogue(language)
        const count = flags.count === undefined ? null : wholeNumber('--count', flags.count, 1, 1_000_000_000)
        const seconds =
          flags.duration === undefined ? null : wholeNumber('--duration', flags.duration, 1, 7 * 24 * 3600)
        const snapLength = wholeNumber('--snap-length', flags.snapLength, 64, 262_144)
        if (flags.json && flags.out === '-') throw new UsageError((usage) => usage.twoOnOutput)
        if (flags.out === '-' && io.terminal) throw new UsageError((usage) => usage.captureAtTerminal)
        const line = progressLine(io, language, false)
        const file = flags.out === undefined ? null : openCaptureOutput(flags.out)
        const shownFile = flags.out === '-' ? null : (flags.out ?? null)
        const width = io.terminal ? io.width : null
        const skipped = (lines: number): string =>
          flags.json ? jsonText({ kind: 'skipped', lines }) : words.capture.skipped(lines, shownFile)
        const output = flags.out === '-' ? null : new LiveOutput(io, skipped, line.clear)
        let lineOf = livePacketJson
        const onListening = (stacks: readonly CaptureStack[], gaps: readonly Gap[]): void => {
          line.clear()
          for (const gap of gaps) line.warn(printable(words.capture.notListening(gap.at, gap.because)))
          const ids = stacks.map(({ id }) => id)
          if (flags.json) {
            output?.line(() => jsonText({ kind: 'listening', stacks: ids, gaps }))
            return
          }
          lineOf = liveLines({
            width,
            colour: io.colour,
            stacks: ids,
            offsetMinutes: -new Date().getTimezoneOffset(),
          })
          line.warn(renderCaptureStart(stacks, shownFile, words))
        }
        try {
          const summary = await withSource(context, flags, line, async ({ cluster, signal }) => {
            const ended = await capture({
              cluster,
              reach: reachOf(flags),
              endpoints,
              filter: flags.filter,
              snapLength,
              count,
              durationMs: seconds === null ? null : seconds * 1000,
              write: file && ((octets) => file.write(octets)),
              onListening,
              onPacket: (packet) => output?.line(() => lineOf(packet)),
              progress: line.progress,
              warn: line.warn,
              signal,
            })
            await output?.end()
            return ended
          })
          line.clear()
          if (flags.json) io.out(`${summaryJson(summary, file?.written ?? null)}\n`)
          else
            io.err(
              renderCaptureSummary(
                summary,
                shownFile === null || !file ? null : { name: shownFile, octets: file.written },
                words,
              ),
            )
          return summary.ended === 'lost' ? exitStatus.environment : exitStatus.fine
        } finally {
          line.clear()
          file?.close()
        }
      }, 'ends'),
    )
}

const summaryJson = (summary: CaptureSummary, octets: number | null): string =>
  jsonText({ kind: 'summary', ...summary, ...given({ octets: octets ?? undefined }) })
