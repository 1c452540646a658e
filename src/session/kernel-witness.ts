/** Asks the kernels themselves why probes are lost: more of them are sent, at irregular moments, while the kernels are listened to. */
import { setTimeout as delay } from 'node:timers/promises'
import { startKernelTrace, type KernelTrace, type Refusal } from '../cluster/kernel/kernel-trace.ts'
import type { Runner } from '../exec/runner.ts'
import type { KernelDrop, KernelWord } from '../model/kernel/kernel-drop.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import { beginMark, endMark, tiedDrops } from '../observe/kernel-drops.ts'

/** A kernel, and how commands are run beside it as root. */
export interface ListenedKernel {
  readonly at: StackId
  readonly runner: Runner
}

export interface WitnessOptions {
  readonly kernels: readonly ListenedKernel[]
  /** Sends one probe, and resolves when its time is over. */
  readonly send: () => Promise<unknown>
  readonly signal?: AbortSignal
}

/** As many as tell chance apart: what comes by itself once a second is within all of them one time in some hundreds. */
const probes = 6
/** Milliseconds between two probes, by chance. */
const pause = (): number => 300 + Math.random() * 900

/** Rejects with what `send` rejects with, when it is aborted, and when a kernel is heard no more. */
export async function askKernels({ kernels, send, signal }: WitnessOptions): Promise<KernelWord> {
  const started = await Promise.all(
    kernels.map(async ({ at, runner }) => ({ at, started: await startKernelTrace(runner, signal) })),
  )
  const traces = started.flatMap(({ at, started: one }) =>
    one.kind === 'listening' ? [{ at, trace: one.trace }] : [],
  )
  const unheard = started.flatMap(({ at, started: one }) =>
    one.kind === 'refused' ? [{ at, because: refusalText(one.because) }] : [],
  )
  if (traces.length === 0) return { drops: [], unheard }
  const everywhere = (text: string): Promise<unknown> =>
    Promise.all(traces.map(({ trace }) => trace.mark(text)))
  try {
    for (let probe = 1; probe <= probes; probe++) {
      await delay(pause(), undefined, { signal })
      await everywhere(beginMark(probe))
      await send()
      await everywhere(endMark(probe))
    }
    await delay(pause(), undefined, { signal })
  } catch (error) {
    await stopAll(traces)
    throw error
  }
  return { drops: await stopAll(traces), unheard }
}

async function stopAll(
  traces: readonly { readonly at: StackId; readonly trace: KernelTrace }[],
): Promise<readonly KernelDrop[]> {
  const heard = await Promise.all(traces.map(async ({ at, trace }) => ({ at, lines: await trace.stop() })))
  return heard.flatMap(({ at, lines }) => tiedDrops(lines).map((drop) => ({ at, ...drop })))
}

/** In English: it stands in results beside the words of programs. */
function refusalText(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'no-tracefs':
      return 'its kernel has no tracefs (CONFIG_TRACING)'
    case 'no-event':
      return 'its kernel has no tracepoint skb:kfree_skb'
    case 'silent':
      return 'its kernel’s trace did not begin in time'
    case 'refused':
      return `its kernel’s trace is refused${refusal.said === '' ? '' : `: ${refusal.said}`}`
  }
}
