import { totalmem } from 'node:os'
import { writeOwnFile } from '../../own/own-file.ts'
import { kubeconfig } from '../kubernetes/kubeconfig.ts'
import { defaultBudget, type Budget } from '../namespaces/groups/budget.ts'
import type { ControlGroups } from '../namespaces/groups/control-groups.ts'
import type { LabOptions } from '../plan/topology.ts'
import type { ClientPlaces } from '../ssh/client-programs.ts'
import { requireDescriptors } from './descriptors.ts'
import { endControlGroups, launchLab, type LaunchedLab } from './launch.ts'
import { LabError } from './lab-error.ts'
import { endProcess, isLabProcess, startTimeOf } from './record/lab-process.ts'
import type { LabRecord } from './record/record.ts'
import {
  claimLab,
  directoryOf,
  findLab,
  forgetLab,
  labOption,
  logPath,
  writeRecord,
} from './record/registry.ts'
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

/** Starts a lab and waits until its pods run. Throws a LabError or an OwnError; then nothing of it is left. */
export async function startLab(options: StartOptions): Promise<StartedLab> {
  requireLab(options.need, options.clients, options.anyway)
  requireDescriptors(options.lab)
  const claimed = claimLab(options.labs, options.lab)
  let launched: LaunchedLab | undefined
  try {
    launched = await launchLab({
      lab: options.lab,
      packageRoot: options.packageRoot,
      clients: options.clients,
      log: logPath(claimed),
      budget: { ...defaultBudget(totalmem(), options.lab.nodes), ...options.budget },
      identity: claimed.id,
      onStart: (pid, groups) => {
        writeRecord(recordAt(claimed, pid, 'starting', groups))
      },
      progress: options.progress,
      ...(options.signal ? { signal: options.signal } : {}),
    })
    const { end, pid, ready, groups } = launched
    const record: LabRecord = {
      ...recordAt(claimed, pid, 'up', groups),
      kubernetes: ready.kubeconfig,
      aws: ready.aws,
      environment: ready.environment,
      shell: ready.shell,
    }
    writeOwnFile(directoryOf(record), 'kubeconfig', kubeconfig(ready.kubeconfig))
    writeRecord(record)
    if (!options.tied) await launched.release()
    return {
      record,
      async end() {
        await end()
        forgetLab(record)
      },
    }
  } catch (error) {
    await launched?.end()
    forgetLab(claimed)
    throw error
  }
}

const recordAt = (
  claimed: LabRecord,
  pid: number,
  state: LabRecord['state'],
  groups: ControlGroups | undefined,
): LabRecord => ({
  ...claimed,
  groups: groups ?? null,
  pid,
  startTime: startTimeOf(pid) ?? '',
  state,
})

/** How long a lab may take to be gone, in milliseconds: the kernel ends a few hundred processes in well under a second. */
const patience = 20_000

/** Ends a lab that another process started. Resolves when its processes are gone. */
export async function stopLab(labs: string, name: string): Promise<void> {
  const record = findLab(labs, name)
  if (!record) throw new LabError({ kind: 'not-up', name, option: labOption(name) })
  if (record.state === 'claimed') throw new LabError({ kind: 'just-starting', name })
  // Looked at again at the last moment: nothing but a lab is ended.
  if (isLabProcess(record)) endProcess(record.pid)
  const until = Date.now() + patience
  while (startTimeOf(record.pid) === record.startTime) {
    if (Date.now() > until) throw new LabError({ kind: 'does-not-end', name, pid: record.pid })
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  if (record.groups) await endControlGroups(record.groups)
  forgetLab(record)
}
