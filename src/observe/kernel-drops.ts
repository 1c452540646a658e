/** Which of the packets that a kernel threw away were ours: those that come with every probe, where chance does not. */
import type { TraceLine } from '../model/kernel/trace-line.ts'

export interface TiedDrop {
  readonly function: string
  readonly reason: string | null
  /** How many probes it came with: all that were sent. */
  readonly probes: number
  /** How often it came when none was on its way. */
  readonly otherwise: number
}

/** What is written into the trace before a probe is sent, and when its time is over. */
export const beginMark = (probe: number): string => `podpath begin ${probe}`
export const endMark = (probe: number): string => `podpath end ${probe}`

/** How probable it may be that what has nothing to do with the probes comes within the time of every one of them. */
const mostChance = 0.001

/** Functions that only hand on what others decided: the first beyond them is told (net/core/skbuff.c). */
const freeing =
  /^(trace_event_raw_event_|perf_trace_|__traceiter_)|^_*(kfree_skb|sk_skb_reason_drop|skb_release|consume_skb)/

interface Drop {
  readonly function: string
  readonly reason: string | null
  readonly time: number
}

interface Window {
  readonly from: number
  readonly until: number
}

/**
 * Probes go out at irregular moments. What comes within the time of every one of them is theirs, unless it comes so often at other
 * times that this may be chance. A drop that nobody can name ties nothing, and neither does a trace that lost events.
 */
export function tiedDrops(lines: readonly TraceLine[]): readonly TiedDrop[] {
  if (lines.some(({ kind }) => kind === 'lost')) return []
  const windows = windowsOf(lines)
  const times = lines.flatMap((line) => ('time' in line ? [line.time] : []))
  const [first, last] = [times[0], times.at(-1)]
  if (windows.length < 2 || first === undefined || last === undefined) return []
  const outside = last - first - windows.reduce((sum, { from, until }) => sum + until - from, 0)
  return groupsOf(dropsOf(lines)).flatMap((group) => {
    const [{ function: name, reason }] = group
    const within = (one: Window): number =>
      group.filter(({ time }) => time >= one.from && time <= one.until).length
    const counts = windows.map(within)
    if (counts.some((count) => count === 0)) return []
    const otherwise = group.length - counts.reduce((sum, count) => sum + count, 0)
    // Of what was never seen otherwise half a time is supposed: to have seen none proves no rate of zero.
    const rate = Math.max(otherwise, 0.5) / Math.max(outside, 1e-3)
    const chance = windows.reduce((all, { from, until }) => all * (1 - Math.exp(-rate * (until - from))), 1)
    return chance > mostChance ? [] : [{ function: name, reason, probes: windows.length, otherwise }]
  })
}

/** From each probe's beginning to its end. */
function windowsOf(lines: readonly TraceLine[]): readonly Window[] {
  const begun = new Map<string, number>()
  const windows: Window[] = []
  for (const line of lines) {
    if (line.kind !== 'mark') continue
    const [, word, probe = ''] = /^podpath (begin|end) (\d+)$/.exec(line.text) ?? []
    const from = begun.get(probe)
    if (word === 'begin') begun.set(probe, line.time)
    else if (word === 'end' && from !== undefined) windows.push({ from, until: line.time })
  }
  return windows
}

/** Those that have a name; where the kernel hashes addresses, from the stack that follows. */
function dropsOf(lines: readonly TraceLine[]): readonly Drop[] {
  const drops: Drop[] = []
  let nameless: Omit<Drop, 'function'> | null = null
  for (const line of lines)
    if (line.kind === 'drop') {
      nameless = line.function === null ? line : null
      if (line.function !== null) drops.push({ ...line, function: line.function })
    } else if (line.kind === 'frame' && nameless !== null && !freeing.test(line.function)) {
      drops.push({ ...nameless, function: line.function })
      nameless = null
    }
  return drops
}

function groupsOf(drops: readonly Drop[]): readonly (readonly [Drop, ...Drop[]])[] {
  const groups = new Map<string, [Drop, ...Drop[]]>()
  for (const drop of drops) {
    const key = JSON.stringify([drop.function, drop.reason])
    const group = groups.get(key)
    if (group) group.push(drop)
    else groups.set(key, [drop])
  }
  return [...groups.values()]
}
