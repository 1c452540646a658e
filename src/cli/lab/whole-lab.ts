import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Access } from '../../cluster/access/access.ts'
import { LabError, type LabProblem } from '../../lab/daemon/lab-error.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'
import { findLab, labOption } from '../../lab/daemon/record/registry.ts'
import { connectLab } from './connect-lab.ts'
import { askLabHealth, lackingParts, timeOf } from './health.ts'

/** Milliseconds between two looks at a lab that is used. */
const every = 1_000

interface UsedLab {
  readonly record: LabRecord
  /** For nothing but this: where it is busy with a run, an answer would wait behind others. */
  readonly access: Access
  /** It was started for this run, and ends with it. */
  readonly tied: boolean
  /** The directory of the user's labs. */
  readonly labs: string
  /** The bastion is needed: by whoever logs in from it. */
  readonly bastion: boolean
  readonly signal: AbortSignal
}

/** `inWholeLab` with a way to the lab's daemon of its own. */
export async function usingLab<T>(
  lab: Omit<UsedLab, 'access'>,
  use: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const cluster = await connectLab(lab.record)
  try {
    return await inWholeLab({ ...lab, access: cluster.api.access }, use)
  } finally {
    cluster.close()
  }
}

/**
 * Lends `use` a lab that is whole, and looks after it meanwhile. What is seen in a lab of which a node, or its daemon,
 * has ended or is stopped says nothing of the network: such a run is broken off. Rejects with what `use` rejects with, or, whatever
 * it does, with a LabError that says what ended.
 */
async function inWholeLab<T>(lab: UsedLab, use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  await checkWhole(lab)
  const broken = new AbortController()
  const over = new AbortController()
  const signal = AbortSignal.any([lab.signal, broken.signal])
  // As many listen as listen to the command's own.
  setMaxListeners(0, signal)
  const watching = watchOver(lab, over.signal).catch((error: unknown) => broken.abort(error))
  try {
    const result = await use(signal)
    await checkWhole(lab)
    return result
  } catch (error) {
    if (broken.signal.aborted) throw broken.signal.reason
    // What went wrong may be the first that is seen of it.
    if (!lab.signal.aborted) await checkWhole(lab)
    throw error
  } finally {
    over.abort()
    await watching
  }
}

async function watchOver(lab: UsedLab, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await delay(every, undefined, { signal: over }).catch(() => undefined)
    if (!over.aborted) await checkWhole(lab)
  }
}

/** Rejects with a LabError of code `not-able` when the lab is not whole. */
async function checkWhole({ record, access, labs, bastion, tied }: UsedLab): Promise<void> {
  const problem = await whatEnded(record, access, labs, bastion, tied ? null : labOption(record.name))
  if (problem !== null) throw new LabError(problem)
}

async function whatEnded(
  record: LabRecord,
  access: Access,
  labs: string,
  bastion: boolean,
  option: string | null,
): Promise<LabProblem | null> {
  const { name, pid } = record
  if (findLab(labs, name)?.pid !== pid) return { kind: 'has-ended', name, option }
  const health = await askLabHealth(access)
  if (health === null) return { kind: 'silent', name, pid, option }
  const lacking = lackingParts(health).filter(({ kind }) => bastion || kind !== 'bastion')
  const [first] = lacking
  return first
    ? { kind: 'not-whole', name, part: first, at: timeOf(first.endedAt), others: lacking.length - 1, option }
    : null
}
