import type { CaptureSentences } from '../sentences/capture-sentences.ts'

const count = (n: number, noun: string): string => `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`

export const capture: CaptureSentences = {
  listening: (stacks, file) =>
    `Capturing in ${count(stacks, 'network namespace')}${file === null ? '' : `, into ${file}`}; Ctrl-C ends it`,
  onNode: (node) => `on ${node}`,
  notListening: (stack, because) => `${stack} is not captured: ${because}`,
  lost: (stack, because) => `${stack} is captured no longer: ${because}`,
  skipped: (lines, file) =>
    `… ${count(lines, 'line')} not shown: they came faster than they are read${file === null ? '' : `; all are in ${file}`}`,
  summary: (lines, packets, rewritten, seconds) =>
    `${count(packets, 'packet')}, seen ${count(lines, 'time')}, rewritten ${count(rewritten, 'time')}, in ${seconds.toFixed(1)} s`,
  stackTotal: (frames) => `${frames.toLocaleString('en-US')} captured`,
  dropped: (packets) => `${packets.toLocaleString('en-US')} dropped by the kernel`,
  droppedUnknown: 'drops not known',
  written: (file, octets) => `${file}: ${octets.toLocaleString('en-US')} octets`,
  hops: {
    request: 'request',
    reply: 'reply',
    probe: (number, of) => `probe ${number} of ${of}`,
  },
}
