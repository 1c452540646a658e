import { expect } from 'vitest'
import type { AttackedLab } from './lab-footholds.ts'

/** Pods of a lab that is attacked, of which some will not run. */
export interface LabPods {
  /** Waits until they are ready. */
  readonly runs: (...names: readonly string[]) => Promise<void>
  readonly remove: (...names: readonly string[]) => Promise<string>
  /** Applies pods, waits until each runs or is said to be impossible, and gives the names of those that run. */
  readonly settled: (pods: readonly object[], names: readonly string[]) => Promise<readonly string[]>
}

export function podsOf(lab: () => AttackedLab): LabPods {
  const runs = async (...names: readonly string[]): Promise<void> => {
    await lab().kubectl(
      'wait',
      '--for=condition=Ready',
      ...names.map((name) => `pod/${name}`),
      '--timeout=60s',
    )
  }
  const remove = (...names: readonly string[]): Promise<string> =>
    lab().kubectl('delete', 'pod', ...names, '--now', '--wait=false')
  async function settled(pods: readonly object[], names: readonly string[]): Promise<readonly string[]> {
    if (pods.length > 0) await lab().apply(...pods)
    const state = async (): Promise<readonly [string, boolean][]> => {
      const lines = (await lab().kubectl('get', 'pods', '--no-headers')).split('\n')
      const events = await lab().kubectl('get', 'events', '--no-headers')
      return names.map((name) => [
        name,
        lines.some(
          (line) => line.startsWith(`${name} `) && / (Running|Completed|Error|CrashLoopBackOff) /.test(line),
        ) || new RegExp(`(FailedMount|FailedCreatePodSandBox) +pod/${name} `).test(events),
      ])
    }
    await expect
      .poll(async () => (await state()).filter(([, done]) => !done).map(([name]) => name), {
        timeout: 60_000,
      })
      .toEqual([])
    const lines = (await lab().kubectl('get', 'pods', '--no-headers')).split('\n')
    return names.filter((name) => lines.some((line) => line.startsWith(`${name} `) && / Running /.test(line)))
  }

  return { runs, remove, settled }
}
