import { writeFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { kubeconfig, kubeconfigJson } from '../kubernetes/kubeconfig.ts'
import { defaultBudget, type Budget } from '../namespaces/budget.ts'
import type { LabOptions } from '../plan/topology.ts'
import type { ClientPlaces } from '../ssh/client-programs.ts'
import { endControlGroups, endProcess, launchLab, startTimeOf, type LaunchedLab } from './launch.ts'
import { LabError } from './lab-error.ts'
import {
  claimLab,
  findLab,
  forgetLab,
  kubeconfigJsonPath,
  kubeconfigPath,
  labOption,
  logPath,
  writeRecord,
  type LabRecord,
} from './registry.ts'
import { requireLab } from './requirements.ts'

export interface StartOptions {
  readonly lab: LabOptions
  readonly labs: string
  readonly packageRoot: string
  /** `demo`: for commands that predict and probe. `lab`: for whatever a person types in it. */
  readonly need: 'demo' | 'lab'
  /** Where the programs of the lab's shell are looked for. */
  readonly clients: ClientPlaces
  /** What to do for a lab of which something is missing, in an error that names it. */
  readonly anyway?: string
  /** What it may take of this machine; sensible when absent. */
  readonly budget?: Partial<Budget>
  /** The lab ends when this process does: by its end, by Ctrl-C, by kill -9. */
  readonly tied: boolean
  readonly progress: (step: string) => void
  readonly signal?: AbortSignal
}

export interface StartedLab {
  readonly record: LabRecord
  /** Ends the lab and forgets it. */
  end(): Promise<void>
}

/** Starts a lab and waits until its pods run. Throws a LabError; then nothing of it is left. */
export async function startLab(options: StartOptions): Promise<StartedLab> {
  requireLab(options.need, options.clients, options.anyway)
  const claimed = claimLab(options.labs, options.lab)
  let launched: LaunchedLab
  try {
    launched = await launchLab({
      lab: options.lab,
      packageRoot: options.packageRoot,
      clients: options.clients,
      log: logPath(claimed),
      budget: { ...defaultBudget(totalmem(), options.lab.nodes), ...options.budget },
      progress: options.progress,
      ...(options.signal ? { signal: options.signal } : {}),
    })
  } catch (error) {
    forgetLab(claimed)
    throw error
  }
  const record: LabRecord = {
    ...claimed,
    pid: launched.pid,
    startTime: startTimeOf(launched.pid) ?? '',
    state: 'up',
    aws: launched.ready.aws,
    environment: launched.ready.environment,
    shell: launched.ready.shell,
    groups: launched.groups ?? null,
  }
  const { kubeconfig: access } = launched.ready
  writeFileSync(kubeconfigPath(record), kubeconfig(access), { mode: 0o600 })
  writeFileSync(kubeconfigJsonPath(record), kubeconfigJson(access), { mode: 0o600 })
  writeRecord(record, record)
  if (!options.tied) await launched.release()
  return {
    record,
    async end() {
      await launched.end()
      forgetLab(record)
    },
  }
}

/** How long a lab may take to be gone, in milliseconds: the kernel ends a few hundred processes in well under a second. */
const patience = 20_000

/** Ends a lab that another process started. Resolves when its processes are gone. */
export async function stopLab(labs: string, name: string): Promise<void> {
  const record = findLab(labs, name)
  if (!record)
    throw new LabError('not-running', `no lab ${name} is up: \`podpath lab up${labOption(name)}\` starts it`)
  endProcess(record.pid)
  const until = Date.now() + patience
  while (startTimeOf(record.pid) === record.startTime) {
    if (Date.now() > until)
      throw new LabError('failed', `the lab ${name} (process ${record.pid}) does not end`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  if (record.groups) await endControlGroups(record.groups)
  forgetLab(record)
}
