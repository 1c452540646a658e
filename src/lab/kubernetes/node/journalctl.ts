import { readFlags } from './flags.ts'
import { complained, printed, type JournalLine, type NodeAnswer, type NodeView } from './node-view.ts'

const flags = {
  '--no-pager': '--no-pager',
  '-e': '--pager-end',
  '--pager-end': '--pager-end',
  '-x': '--catalog',
  '--catalog': '--catalog',
  '-r': '--reverse',
  '--reverse': '--reverse',
  '-f': '--follow',
  '--follow': '--follow',
  '-q': '--quiet',
  '--quiet': '--quiet',
} as const
const values = {
  '-u': '--unit',
  '--unit': '--unit',
  '-n': '--lines',
  '--lines': '--lines',
  '-o': '--output',
  '--output': '--output',
  '-S': '--since',
  '--since': '--since',
  '-g': '--grep',
  '--grep': '--grep',
} as const

/** Whether the journal is to be followed; the caller then prints what comes. */
export const follows = (argv: readonly string[]): boolean => {
  const given = readFlags(argv, flags, values)
  return !('problem' in given) && given.set.has('--follow')
}

/** The line of a journal in its short form. */
export const journalText = ({ time, unit, text }: JournalLine, node: string): string => {
  const [month = '', day = ''] = new Intl.DateTimeFormat('en-US', {
    month: 'short',
    day: '2-digit',
    timeZone: 'UTC',
  })
    .format(time)
    .split(' ')
  return `${month} ${day} ${new Date(time).toISOString().slice(11, 19)} ${node} ${unit}: ${text}`
}

/** The unit that is asked for; undefined is all. */
export const unitOf = (argv: readonly string[]): string | undefined => {
  const given = readFlags(argv, flags, values)
  return 'problem' in given ? undefined : given.values['--unit']?.replace(/\.service$/, '')
}

/** Runs journalctl on a node: what its kubelet did, as far as the lab keeps it. */
export function journalctl(argv: readonly string[], view: NodeView): NodeAnswer {
  const given = readFlags(argv, flags, values)
  if ('problem' in given) return complained(`journalctl: ${given.problem}`)
  const unit = given.values['--unit']?.replace(/\.service$/, '')
  const since = sinceOf(given.values['--since'], view.now)
  if (since === undefined) return complained(`Failed to parse timestamp: ${given.values['--since'] ?? ''}`)
  const pattern = given.values['--grep']
  const lines = Number(given.values['--lines'] ?? (given.set.has('--follow') ? 10 : Number.MAX_SAFE_INTEGER))
  const chosen = view.journal
    .filter((line) => unit === undefined || line.unit === unit)
    .filter((line) => line.time >= since && (pattern === undefined || line.text.includes(pattern)))
  const shown = Number.isFinite(lines) && lines > 0 ? chosen.slice(-lines) : []
  if (shown.length === 0) return printed('-- No entries --\n')
  const ordered = given.set.has('--reverse') ? shown.toReversed() : shown
  const text =
    given.values['--output'] === 'cat'
      ? ordered.map((line) => line.text)
      : ordered.map((line) => journalText(line, view.node))
  return printed(`${text.join('\n')}\n`)
}

/** `-5min`, `10 min ago`, `today`, or a date; undefined when it is none of them. */
function sinceOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return 0
  const [, amount, word] =
    /^-?\s*(\d+)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|days?|d)(?:\s+ago)?$/.exec(text.trim()) ?? []
  if (amount !== undefined && word !== undefined)
    return now - Number(amount) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[word[0] ?? 's'] ?? 1) * 1000
  if (text === 'today') return new Date(now).setUTCHours(0, 0, 0, 0)
  const date = Date.parse(text.includes('T') || !text.includes(' ') ? text : `${text.replace(' ', 'T')}Z`)
  return Number.isNaN(date) ? undefined : date
}
