import type { CaptureResult, ClockOffset } from '../../capture/live/capture-result.ts'
import { randomInt } from 'node:crypto'
import { createInterface } from 'node:readline'
import { CaptureReader } from '../../capture/files/reader.ts'
import type { FrameInPlace } from '../../capture/files/frame.ts'
import { sightingOf, type CaptureSource } from '../../capture/files/sighting-reader.ts'
import { Budget, TooMuch, type Limits } from '../../edge/budget.ts'
import { inTime } from '../../edge/in-time.ts'
import type { Running } from '../../exec/runner.ts'
import { parseIp4 } from '../../model/address/address.ts'
import type { Sighting } from '../../model/packet/sighting.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { readCaptureLine } from './log.ts'
import { printable } from '../../edge/printable.ts'
import { reasonOf } from '../agent/reason.ts'

/** How one capture is watched while it runs, and what is kept of it. */
export interface StackCaptureOptions {
  /**
   * What may be kept, of `octets` and `packets`; captures of one run share it. Null: octets and sightings go to `onFrame` alone, so that a
   * capture may run for days.
   */
  readonly keep: Budget | null
  /**
   * Shown every frame but our own markers, as it arrives and in the order of the capture, with its IP packet if it
   * holds one. The frame is valid during the call alone. It must not throw.
   */
  readonly onFrame?: (frame: FrameInPlace, sighting: Sighting | null, source: CaptureSource) => void
  /** Told when tcpdump ended before it was asked to. */
  readonly onEnded?: (problem: string) => void
}

/** What is kept of the captures of one run; each packet takes some hundreds of octets beside its own. */
export const keptLimits: Limits = { octets: 512 * 1024 * 1024, packets: 1_000_000 }
/** Octets of standard error: the interfaces of a large node have some megabytes. */
const mostLog = 16 * 1024 * 1024
/** Octets that wait for the interfaces' names; both streams come by one connection, and either may be ahead. */
const mostNameless = 64 * 1024 * 1024

/** How patient a capture is, in milliseconds; tests are less so. */
export interface Patience {
  /** For tcpdump to say that it listens. */
  readonly start: number
  /** For a marker packet, try by try. Nothing waits that long when all is well. */
  readonly marker: readonly number[]
  /** For tcpdump's end once it was asked for, and once more when the way to it has been cut. */
  readonly end: number
}

const usualPatience: Patience = { start: 15_000, marker: [300, 700, 1_500, 4_000], end: 5_000 }

/** How fast two clocks that nobody sets drift apart: crystals differ by less than 100 in a million. */
const mostDrift = 1e-4

const now = (): number => performance.timeOrigin + performance.now()

/** One tcpdump while it runs. */
export class StackCapture {
  readonly stack: StackId
  readonly #capture: number
  readonly #running: Running
  readonly #chunks: Uint8Array[] = []
  #octets = 0
  readonly #sightings: Sighting[] = []
  #interfaces: ReadonlyMap<number, string> = new Map()
  #dropped: number | null = null
  #clock: ClockOffset | null = null
  /** When by our clock it was looked at. */
  #clockSeen = 0
  #problem: string | null = null
  #said = ''
  #proven = { start: false, end: false }
  #stopping = false
  readonly #options: StackCaptureOptions
  readonly #patience: Patience
  /** Markers that are under way: destination → who waits for it, and when it was sent. */
  readonly #markers = new Map<number, { readonly seen: () => void; readonly sentAt: number }>()
  readonly #listening: Promise<void>
  readonly #ended: Promise<void>

  constructor(
    stack: StackId,
    capture: number,
    running: Running,
    options: StackCaptureOptions = { keep: new Budget('the capture', keptLimits) },
    patience: Patience = usualPatience,
  ) {
    this.stack = stack
    this.#options = options
    this.#patience = patience
    this.#capture = capture
    this.#running = running
    running.stdin.on('error', () => undefined)
    const log = this.#readLog()
    this.#listening = log.listening
    const octets = this.#readOctets(log.linksKnown)
    const exit = running.exit.then(
      (status) => {
        if (status !== 0) this.#fail(this.#said || `tcpdump exited ${status}`)
      },
      (error: unknown) => this.#fail(reasonOf(error)),
    )
    this.#ended = Promise.all([exit, octets, log.ended]).then(() => {
      if (!this.#stopping) options.onEnded?.(this.#problem ?? 'tcpdump ended')
    })
  }

  /** What the last marker packets told of the stack's clock. */
  get clock(): ClockOffset | null {
    return this.#clock
  }

  /** Looks at the stack's clock again, with a marker packet: clocks drift, and are set. */
  async lookAtClock(): Promise<void> {
    if (this.#problem === null && this.#proven.start && !this.#stopping) await this.#barrier()
  }

  /**
   * Resolves with null once a packet that we sent through the stack came back in the capture, or with the reason
   * why that is hopeless.
   */
  async ready(): Promise<string | null> {
    await inTime(Promise.race([this.#listening, this.#ended]), this.#patience.start, undefined)
    if (this.#problem === null) this.#proven.start = await this.#barrier()
    if (this.#problem !== null) return this.#problem
    return this.#proven.start ? null : 'no marker packet came back: is the loopback interface up?'
  }

  /** Waits until everything captured so far has arrived, and ends tcpdump. */
  async stop(): Promise<CaptureResult> {
    this.#stopping = true
    if (this.#problem === null && this.#proven.start) {
      this.#proven.end = await this.#barrier()
      if (!this.#proven.end)
        this.#fail('no marker packet came back at the end: what it did not show may have passed')
    }
    this.#running.stdin.end('stop\n')
    if (!(await this.#endsWithin(this.#patience.end))) {
      this.#fail('tcpdump did not end when asked')
      this.#running.stop()
      // What has come by now is read to its end; who never ends keeps nobody.
      await this.#endsWithin(this.#patience.end)
    }
    return {
      stack: this.stack,
      capture: this.#capture,
      octets: Buffer.concat(this.#chunks),
      sightings: this.#sightings,
      interfaces: this.#interfaces,
      dropped: this.#dropped,
      proven: { ...this.#proven },
      clock: this.#clock,
      problem: this.#problem,
    }
  }

  #endsWithin(ms: number): Promise<boolean> {
    return inTime(
      this.#ended.then(() => true),
      ms,
      false,
    )
  }

  #fail(problem: string): void {
    this.#problem ??= printable(problem)
  }

  /** Sends marker packets until one is seen; false when none is. */
  async #barrier(): Promise<boolean> {
    let seen = false
    const sent: number[] = []
    for (const patience of this.#patience.marker) {
      const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`
      const marker = parseIp4(address) ?? 0
      const came = new Promise<void>((resolve) => {
        const note = (): void => {
          seen = true
          resolve()
        }
        this.#markers.set(marker, { seen: note, sentAt: now() })
      })
      sent.push(marker)
      this.#running.stdin.write(`mark ${address.slice(4)}\n`)
      await inTime(Promise.race([came, this.#ended]), patience, undefined)
      if (seen || this.#problem !== null) break
    }
    for (const marker of sent) this.#markers.delete(marker)
    return seen
  }

  #readLog(): { linksKnown: Promise<void>; listening: Promise<void>; ended: Promise<void> } {
    const lines = createInterface({ input: this.#running.stderr })
    let logged = 0
    this.#running.stderr.on('data', (chunk: Buffer) => {
      logged += chunk.length
      if (logged <= mostLog) return
      this.#fail('tcpdump says too much on its standard error')
      this.#running.stop()
    })
    let links: () => void = () => undefined
    let listens: () => void = () => undefined
    const linksKnown = new Promise<void>((resolve) => (links = resolve))
    const listening = new Promise<void>((resolve) => (listens = resolve))
    const ended = new Promise<void>((resolve) => {
      lines.once('close', () => {
        links()
        resolve()
      })
    })
    const broken = (error: unknown): void => {
      this.#fail(reasonOf(error))
      lines.close()
    }
    this.#running.stderr.on('error', broken)
    lines.on('error', broken)
    lines.on('line', (line) => {
      const read = readCaptureLine(line)
      switch (read.kind) {
        case 'links':
          this.#interfaces = read.interfaces
          return links()
        case 'listening':
          this.#said = ''
          return listens()
        case 'dropped':
          this.#dropped = (this.#dropped ?? 0) + read.packets
          return
        case 'absent':
          return this.#fail(read.because)
        case 'other':
          if (read.text.trim() !== '') this.#said = read.text
          return
        case 'captured':
        case 'received':
          return
      }
    })
    return { linksKnown, listening, ended }
  }

  /** Reads from the first moment on: a stream that nobody reads stops the other one, which comes by the same connection. */
  async #readOctets(linksKnown: Promise<void>): Promise<void> {
    const { keep } = this.#options
    const nameless: Buffer[] = []
    let namelessOctets = 0
    let reader: CaptureReader | null = null
    const begin = (): CaptureReader => {
      const begun = (reader ??= this.#reader())
      for (const chunk of nameless.splice(0)) begun.write(chunk)
      return begun
    }
    const failed = (error: unknown): void => {
      const tooMuch = error instanceof TooMuch
      // Not all that was captured can be kept: what was not seen proves nothing.
      this.#fail(tooMuch ? `${error.message}; a narrower filter helps` : reasonOf(error))
      this.#running.stop()
    }
    const named = linksKnown.then(begin).catch(failed)
    try {
      for await (const chunk of this.#running.stdout as AsyncIterable<Buffer>) {
        this.#octets += chunk.length
        keep?.spend('octets', chunk.length)
        if (keep) this.#chunks.push(chunk)
        if (reader !== null || namelessOctets > mostNameless) begin().write(chunk)
        else {
          nameless.push(chunk)
          namelessOctets += chunk.length
        }
      }
    } catch (error) {
      failed(error)
    }
    await named
    const problem = this.#octets === 0 ? null : (reader as CaptureReader | null)?.end()
    if (problem) this.#fail(problem.message)
  }

  #reader(): CaptureReader {
    const source = { capture: this.#capture, stack: this.stack, interfaces: this.#interfaces }
    const { keep, onFrame } = this.#options
    return new CaptureReader((frame) => {
      const sighting = sightingOf(frame, source)
      if (sighting && this.#isMarker(sighting)) return
      if (sighting && keep) {
        keep.spend('packets', 1)
        this.#sightings.push(sighting)
      }
      onFrame?.(frame, sighting, source)
    })
  }

  /**
   * Our own packets: seen, timed, and kept out of the sightings, replies and late ones included. Source NAT may
   * have rewritten one end.
   */
  #isMarker({ packet, time }: Sighting): boolean {
    const { source, destination, protocol } = packet
    if (protocol !== 1 || typeof destination !== 'number' || typeof source !== 'number') return false
    const marker = this.#markers.get(destination)
    if (marker) {
      this.#setClock(marker.sentAt, now(), time)
      marker.seen()
    }
    return destination >>> 24 === 127 || source >>> 24 === 127
  }

  /** The packet was captured between the moment we asked for it and the moment we saw it. */
  #setClock(sentAt: number, seenAt: number, captured: bigint): void {
    const ns = (ms: number): bigint => BigInt(Math.round(ms * 1e6))
    const uncertainty = ns((seenAt - sentAt) / 2)
    if (this.#clock && this.#clock.uncertainty + ns((seenAt - this.#clockSeen) * mostDrift) <= uncertainty)
      return
    this.#clock = { nanoseconds: captured - ns((sentAt + seenAt) / 2), uncertainty }
    this.#clockSeen = seenAt
  }
}
