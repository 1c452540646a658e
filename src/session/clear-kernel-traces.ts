/** Removes the trace instances that runs left in kernels when they were killed. */
import { clearTraceArgv } from '../cluster/kernel/trace-script.ts'
import type { Runner } from '../exec/runner.ts'
import { onNodes, type OnNodesOptions } from './on-nodes.ts'
import { readCluster } from './read-cluster.ts'

export interface ClearedKernels {
  /** How many were asked. */
  readonly kernels: number
  /** What was removed, by name, and where. */
  readonly removed: readonly { readonly at: string; readonly instance: string }[]
  readonly refused: readonly { readonly at: string; readonly because: string }[]
}

/** @param machine how commands run beside the one kernel of all nodes; null: each has its own. Rejects with a ClusterError. */
export async function clearKernelTraces(
  options: OnNodesOptions,
  machine: Runner | null,
): Promise<ClearedKernels> {
  if (machine !== null) return together([await clear('this machine', machine, options.signal)])
  const facts = await readCluster(options)
  return onNodes(options, facts.nodes, async (agents) =>
    together(
      await Promise.all(
        [...agents.byNode].map(([node, agent]) => clear(`node/${node}`, agent.runner, options.signal)),
      ),
    ),
  )
}

const patience = 20_000

async function clear(at: string, runner: Runner, signal: AbortSignal | undefined): Promise<ClearedKernels> {
  const { stdout, stderr, exit } = await runner.run(clearTraceArgv, {
    timeoutMs: patience,
    ...(signal ? { signal } : {}),
  })
  const told = (word: string): readonly string[] =>
    stdout
      .split('\n')
      .flatMap((line) => (line.startsWith(`#podpath ${word} `) ? [line.slice(10 + word.length)] : []))
  const refused = told('refused')
  return {
    kernels: 1,
    removed: told('removed').map((instance) => ({ at, instance })),
    refused:
      exit === 0
        ? []
        : [{ at, because: refused[0] ?? stderr.trim().split('\n').at(-1) ?? `exit status ${exit}` }],
  }
}

const together = (all: readonly ClearedKernels[]): ClearedKernels => ({
  kernels: all.reduce((sum, { kernels }) => sum + kernels, 0),
  removed: all.flatMap(({ removed }) => removed),
  refused: all.flatMap(({ refused }) => refused),
})
