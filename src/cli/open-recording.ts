import { basename } from 'node:path'
import { openPredictor } from '../inventory/predictor.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import type { Bundle } from '../bundle/bundle.ts'
import { openRecorded } from '../bundle/open.ts'
import type { RecordedFlags } from './options/recorded.ts'

/** A recorded snapshot, ready to be asked. */
export interface Recording {
  readonly bundle: Bundle
  readonly predictor: Predictor
  /** Where it was read from, for people. */
  readonly name: string
}

/** Reads what `--bundle` names. Rejects with a BundleError, and with the signal's reason when it is aborted. */
export async function openRecording(
  { bundle: paths, assumeVpc }: RecordedFlags,
  signal: AbortSignal,
): Promise<Recording> {
  const bundle = await openRecorded(paths)
  return {
    bundle,
    predictor: await openPredictor(bundle, { assumeVpc: assumeVpc === true }, signal),
    name: paths.map((path) => basename(path)).join(', '),
  }
}
