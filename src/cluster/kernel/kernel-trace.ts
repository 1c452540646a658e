/** Listens to what a kernel throws away, while something is sent. */
import type { TraceLine } from '../../model/kernel/trace-line.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { LineCutter } from '../../edge/lines.ts'
import { printable } from '../../edge/printable.ts'
import type { Runner, Running } from '../../exec/runner.ts'
import { readTraceLine } from '../../linux/trace/kfree-skb.ts'
import { traceArgv } from './trace-script.ts'

export interface KernelTrace {
  /** Writes a mark among the events. Resolves when it stands there; rejects when the trace has ended. */
  mark(text: string): Promise<void>
  /** Ends it, and gives what was heard, in the kernel's order. */
  stop(): Promise<readonly TraceLine[]>
}

/** Why a kernel is not heard. */
export type Refusal =
  | { readonly kind: 'no-tracefs' }
  | { readonly kind: 'no-event' }
  | { readonly kind: 'refused'; readonly said: string }
  | { readonly kind: 'silent' }

export type StartedTrace =
  | { readonly kind: 'listening'; readonly trace: KernelTrace }
  | { readonly kind: 'refused'; readonly because: Refusal }

/** Milliseconds until it listens, until a mark stands there, and until it has ended. */
const patience = 10_000
/** A kernel that throws away more than this is heard no further: nothing could be told apart. */
const mostLines = 100_000
/** UTF-16 units: a line has some two hundred. */
const longestLine = 4_096

/** Starts to listen on the machine of the runner. What cannot be listened to is a result; the runner's own failures are too. */
export async function startKernelTrace(runner: Runner, signal?: AbortSignal): Promise<StartedTrace> {
  const running = runner.start(traceArgv, signal ? { signal } : {})
  const heard = new Heard(running)
  const first = await heard.first
  if (first === 'listening') return { kind: 'listening', trace: heard }
  running.stop()
  return { kind: 'refused', because: first }
}

class Heard implements KernelTrace {
  readonly first: Promise<'listening' | Refusal>
  readonly #running: Running
  readonly #lines: TraceLine[] = []
  readonly #waiting = new Map<string, () => void>()
  readonly #ended: Promise<string | null>

  constructor(running: Running) {
    this.#running = running
    const complaint: string[] = []
    running.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (complaint.length < 20) complaint.push(text)
    })
    // Whoever listens no more has ended: its exit says so.
    running.stdin.on('error', () => undefined)
    this.#ended = running.exit.then(
      () => complaint.join('').trim().split('\n').at(-1) ?? '',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    this.first = Promise.race([
      this.#listen(),
      this.#ended.then((said): Refusal => ({ kind: 'refused', said: printable(said ?? '') })),
      delay(patience, { kind: 'silent' } as const, { ref: false }),
    ])
  }

  #listen(): Promise<'listening' | Refusal> {
    return new Promise((resolve) => {
      const cutter = new LineCutter(longestLine)
      this.#running.stdout.setEncoding('utf8').on('data', (piece: string) => {
        for (const line of cutter.cut(piece)) {
          if (!('text' in line)) continue
          if (line.text.startsWith('#podpath ')) resolve(firstOf(line.text))
          else this.#note(readTraceLine(line.text))
        }
      })
    })
  }

  #note(line: TraceLine | null): void {
    if (line === null) return
    if (this.#lines.length < mostLines) this.#lines.push(line)
    else if (this.#lines.length === mostLines) this.#lines.push({ kind: 'lost' })
    if (line.kind === 'mark') this.#waiting.get(line.text)?.()
  }

  async mark(text: string): Promise<void> {
    const there = new Promise<void>((resolve) => this.#waiting.set(text, resolve))
    this.#running.stdin.write(`${text}\n`)
    const given = await Promise.race([
      there.then(() => 'there' as const),
      this.#ended,
      delay(patience, null, { ref: false }),
    ])
    this.#waiting.delete(text)
    if (given !== 'there') throw new Error(`the kernel’s trace has ended: ${given ?? 'it does not answer'}`)
  }

  async stop(): Promise<readonly TraceLine[]> {
    this.#running.stdin.end()
    await Promise.race([this.#ended, delay(patience, null, { ref: false })])
    this.#running.stop()
    return this.#lines
  }
}

function firstOf(line: string): 'listening' | Refusal {
  const [, word = '', kind = '', ...rest] = line.split(' ')
  if (word === 'listening') return 'listening'
  if (kind === 'no-tracefs' || kind === 'no-event') return { kind }
  return { kind: 'refused', said: printable(rest.join(' ')) }
}
