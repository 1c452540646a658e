import { CaptureFile } from '../capture/files/write-file.ts'
import type { Captured, Ordered } from '../capture/live/causal-merge.ts'
import { followFabric, type FollowFabric } from '../capture/follow/fabric.ts'
import { packetView } from '../capture/follow/packet.ts'
import { frameTime, type FrameInPlace } from '../capture/files/frame.ts'
import { packetDetail } from '../capture/live/packet-detail.ts'
import { PacketTracker } from '../capture/live/packet-tracker.ts'
import { frameRecipient, interfaceNameOf, type CaptureSource } from '../capture/files/sighting-reader.ts'
import { checkFilter, withoutOwnTraffic } from '../cluster/capture/filter.ts'
import { startCapture, type CaptureStack, type RunningCapture } from '../cluster/capture/capture.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { ClockOffset } from '../capture/live/capture-result.ts'
import { readFacts } from '../cluster/collect/read-facts.ts'
import { withReach, type Reach } from '../cluster/reach/reach.ts'
import type { LivePacket, PacketDetail, Rewriting } from '../model/packet/live-packet.ts'
import type { Gap } from '../model/result/result.ts'
import type { Sighting } from '../model/packet/sighting.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import { packetType } from '../wire/link/linux-sll.ts'
import { stacksToCapture } from './capture-stacks.ts'
import { LiveMerge } from '../observe/live-merge.ts'
import type { Progress } from '../session/progress.ts'

export interface CaptureOptions {
  readonly cluster: Cluster
  readonly reach: Reach
  /** As the user typed them; none is every node. */
  readonly endpoints: readonly string[]
  /** pcap-filter(7); empty is everything. */
  readonly filter: string
  /** Octets kept of each packet. */
  readonly snapLength: number
  /** Ends after so many lines; null is no limit. */
  readonly count: number | null
  /** Ends after so many milliseconds; null is no limit. */
  readonly durationMs: number | null
  /** Takes the octets of a pcapng file, in order; null: none is written. What it throws ends the capture. */
  readonly write: ((octets: Uint8Array) => void) | null
  readonly onListening: (stacks: readonly CaptureStack[], gaps: readonly Gap[]) => void
  /** Every packet, in causal order. It must not throw. */
  readonly onPacket: (packet: LivePacket) => void
  readonly progress: Progress
  readonly warn: (message: string) => void
  /** Before every stack listens it breaks off; after, it ends the capture in good order. */
  readonly signal: AbortSignal
}

/** What one stack gave. */
export interface StackTotal {
  readonly stack: StackId
  readonly frames: number
  /** Packets that the kernel had no room for; null where tcpdump did not say. */
  readonly dropped: number | null
  readonly problem: string | null
}

export interface CaptureSummary {
  readonly stacks: readonly StackTotal[]
  /** Lines: packets at one place each. */
  readonly frames: number
  /** Packets, wherever and however often they were seen. */
  readonly packets: number
  /** Rewritings that were seen. */
  readonly rewritten: number
  /** Nanoseconds from when every stack listened to the end. */
  readonly durationMs: number
  readonly ended: 'asked' | 'count' | 'duration' | 'lost'
}

/** A frame on its way from tcpdump to the file and the screen. */
interface LiveFrame extends Captured {
  readonly stack: StackId
  readonly interface: string
  readonly direction: 'in' | 'out' | 'unknown'
  readonly linkType: number
  readonly snapLength: number
  /** Empty when no file is written. */
  readonly octets: Uint8Array
  readonly originalLength: number
  readonly detail: PacketDetail
}

/** Octets kept of each packet when nobody says: enough for headers and a DNS answer. */
export const defaultSnapLength = 256
/** Seconds that the agent outlives a capture that nobody limits. */
const longest = 24 * 3600
const clockEvery = 30_000
const nothing = new Uint8Array(0)

/**
 * Captures on many stacks at once until it is told to end: every packet to a file as it comes, and to `onPacket`, both in causal
 * order. Rejects with a ClusterError (`bad-filter`, `bad-endpoint`, …) and with what `write` throws; the agent is
 * removed in every case. Memory does not grow with the capture.
 */
export async function capture(options: CaptureOptions): Promise<CaptureSummary> {
  const { cluster, progress, signal } = options
  progress((say) => say.clusterReading(cluster.name))
  const facts = await readFacts(cluster.api, { signal })
  progress((say) => say.clusterRead(facts.nodes.length, facts.pods.length))
  const stacks = await stacksToCapture(cluster, facts, options.endpoints)
  const names = new Set(stacks.map(({ node }) => node))
  const nodes = facts.nodes.filter(({ name }) => names.has(name))
  progress((say) => say.agentCreating(nodes.length))
  const asked = Date.now()
  const lifetimeSeconds = options.durationMs === null ? longest : Math.ceil(options.durationMs / 1000) + 600
  let whole = true
  const summary = await withReach(
    cluster,
    outliving(options.reach, lifetimeSeconds),
    {
      nodes,
      warn: options.warn,
      left: () => (whole = false),
      signal,
    },
    async (agents) => {
      progress((say) => say.agentReady(Date.now() - asked))
      const [agent] = agents.byNode.values()
      if (agent) await checkFilter(agent, options.filter, signal)
      progress((say) => say.captureStarting(stacks.length))
      const run = new CaptureRun(options, stacks)
      const running = startCapture({
        agents,
        stacks,
        filter: options.filter,
        nodeFilter: withoutOwnTraffic(options.filter),
        snapLength: options.snapLength,
        bufferKiB: 16 * 1024,
        keep: false,
        onFrame: (frame, sighting, source, stack) => run.take(frame, sighting, source, stack),
        onEnded: (stack, problem) => run.lost(stack, problem),
      })
      return run.until(running)
    },
  )
  if (whole) progress((say) => say.agentRemoved)
  return summary
}

/** The agent's container ends by itself, in case nobody removes it; not before a long capture does. */
function outliving(reach: Reach, lifetimeSeconds: number): Reach {
  return reach.kind === 'agent' ? { ...reach, agent: { lifetimeSeconds, ...reach.agent } } : reach
}

/** One capture from its first frame to its summary. */
class CaptureRun {
  readonly #options: CaptureOptions
  readonly #stacks: readonly CaptureStack[]
  readonly #merge: LiveMerge<LiveFrame>
  readonly #tracker: PacketTracker
  readonly #file: CaptureFile | null
  readonly #frames = new Map<StackId, number>()
  readonly #lost = new Map<StackId, string>()
  #lines = 0
  #packets = 0
  #rewritten = 0
  #over: (why: CaptureSummary['ended']) => void = () => undefined
  readonly #end: Promise<CaptureSummary['ended']>
  #failed: { readonly error: unknown } | null = null
  #clockOf: RunningCapture['clockOf'] = () => null

  constructor(options: CaptureOptions, stacks: readonly CaptureStack[]) {
    this.#options = options
    this.#stacks = stacks
    const fabric = unwired(stacks)
    this.#tracker = new PacketTracker(fabric)
    this.#merge = new LiveMerge({
      fabric,
      onFrame: (ordered) => this.#show(ordered),
      onRound: () => this.#flush(),
    })
    this.#end = new Promise((resolve) => (this.#over = resolve))
    const describe = (stack: StackId): string => this.#describe(stack)
    this.#file = options.write && new CaptureFile(options.write, describe, 'podpath')
  }

  /** Takes a frame from one stack's capture. */
  take(frame: FrameInPlace, sighting: Sighting | null, source: CaptureSource, stack: CaptureStack): void {
    const to = frameRecipient(frame)
    this.#merge.push({
      clock: stack.node,
      time: sighting?.time ?? frameTime(frame),
      capture: source.capture,
      sighting,
      stack: stack.id,
      interface: sighting?.point.interface ?? interfaceNameOf(frame, source),
      direction: to === -1 ? 'unknown' : to === packetType.outgoing ? 'out' : 'in',
      linkType: frame.interface.linkType,
      snapLength: frame.interface.snapLength,
      octets: this.#file ? frame.octets.slice(frame.start, frame.end) : nothing,
      originalLength: frame.originalLength,
      detail: packetDetail(frame, sighting),
    })
  }

  /** A stack's capture ended by itself: its node or its agent is gone. */
  lost(stack: CaptureStack, problem: string): void {
    this.#lost.set(stack.id, problem)
    if (this.#lost.size === this.#stacks.length) this.#over('lost')
  }

  /** Waits for the end, and ends every tcpdump. */
  async until(running: RunningCapture): Promise<CaptureSummary> {
    const { signal, durationMs, progress } = this.#options
    const asked = (): void => this.#over('asked')
    signal.addEventListener('abort', asked, { once: true })
    if (signal.aborted) asked()
    this.#clockOf = (stack) => running.clockOf(stack)
    const timers: NodeJS.Timeout[] = []
    let began = performance.now()
    try {
      const gaps = await Promise.race([running.ready, this.#end.then(() => null)])
      if (gaps !== null) {
        if (gaps.length === this.#stacks.length) throw nothingListens(gaps)
        this.#setClocks()
        this.#options.onListening(this.#stacks, gaps)
        began = performance.now()
        const watchClocks = (): void => {
          void running.lookAtClocks().then(() => this.#setClocks())
        }
        timers.push(setInterval(watchClocks, clockEvery))
        if (durationMs !== null) timers.push(setTimeout(() => this.#over('duration'), durationMs))
      }
      const ended = await this.#end
      const over = performance.now()
      progress((say) => say.agentRemoving)
      const results = await running.stop()
      this.#merge.end()
      const dropped = new Map(results.map((result) => [result.stack, result.dropped]))
      this.#file?.end((stack) => dropped.get(stack) ?? null)
      if (this.#failed) throw this.#failed.error
      return {
        stacks: this.#stacks.map(({ id }) => {
          const result = results.find((one) => one.stack === id)
          return {
            stack: id,
            frames: this.#frames.get(id) ?? 0,
            dropped: result?.dropped ?? null,
            problem: this.#lost.get(id) ?? result?.problem ?? null,
          }
        }),
        frames: this.#lines,
        packets: this.#packets,
        rewritten: this.#rewritten,
        durationMs: over - began,
        ended,
      }
    } catch (error) {
      // The first failure is the one to tell; ending the captures may fail for the same reason.
      await running.stop().catch(() => undefined)
      throw error
    } finally {
      this.#merge.end()
      for (const timer of timers) clearTimeout(timer)
      signal.removeEventListener('abort', asked)
    }
  }

  #setClocks(): void {
    const best = new Map<string, ClockOffset>()
    for (const { id, node } of this.#stacks) {
      const clock = this.#clockOf(id)
      const known = best.get(node)
      if (clock && !(known && known.uncertainty <= clock.uncertainty)) best.set(node, clock)
    }
    for (const [node, clock] of best) this.#merge.setClock(node, clock.nanoseconds, clock.uncertainty)
  }

  #describe(stack: StackId): string {
    const node = this.#stacks.find(({ id }) => id === stack)?.node ?? ''
    const clock = this.#clockOf(stack)
    const ms = (ns: bigint): string => (Number(ns) / 1e6).toFixed(3)
    const ahead = clock
      ? `, ${ms(clock.nanoseconds)} ms ahead of podpath's, give or take ${ms(clock.uncertainty)} ms`
      : ''
    return `${stack}, times by the clock of node ${node}${ahead}`
  }

  #show({ frame, time }: Ordered<LiveFrame>): void {
    const { count } = this.#options
    if (this.#failed || (count !== null && this.#lines >= count)) return
    this.#lines++
    this.#frames.set(frame.stack, (this.#frames.get(frame.stack) ?? 0) + 1)
    const { sighting } = frame
    const tracked = sighting && this.#tracker.note(sighting)
    const rewritten = tracked?.rewritten ?? []
    if (tracked?.step === 1 && !tracked.again) this.#packets++
    this.#rewritten += rewritten.length
    this.#file?.add({
      ...frame,
      comment: rewritten.length === 0 ? null : `podpath: ${rewritten.map(rewritingText).join(', ')}`,
    })
    this.#options.onPacket({
      time,
      packet: tracked?.packet ?? null,
      step: tracked?.step ?? 1,
      stack: frame.stack,
      interface: frame.interface,
      direction: frame.direction,
      view: sighting && packetView(sighting.packet),
      detail: frame.detail,
      rewritten,
    })
    if (this.#lines === count) this.#over('count')
  }

  /** A disk that is full ends the capture; what was written stays. */
  #flush(): void {
    if (this.#failed) return
    try {
      this.#file?.flush()
    } catch (error) {
      this.#failed = { error }
      this.#over('asked')
    }
  }
}

const rewritingText = ({ kind, undone, from, to }: Rewriting): string =>
  `${undone ? 'un-' : ''}${kind} ${from} ⇒ ${to}`

const nothingListens = (gaps: readonly Gap[]): ClusterError =>
  new ClusterError('agent-lost', `nothing could be captured: ${gaps[0]?.at ?? ''}: ${gaps[0]?.because ?? ''}`)

/** Every stack is captured whole; which interface leads to which other is left to the packets. */
const unwired = (stacks: readonly CaptureStack[]): FollowFabric =>
  followFabric({
    stacks: stacks.map(({ id }) => ({ stack: id, captured: 'any', dropped: null, addresses: [] })),
    wires: [],
    vpc: null,
  })
