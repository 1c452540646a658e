import { basename } from 'node:path'
import { predictorOf, type Predictor } from '../app/predictor.ts'
import type { Bundle } from '../bundle/bundle.ts'
import { openRecorded } from '../bundle/open.ts'
import type { RecordedFlags } from './recorded-options.ts'

/** A recorded snapshot, ready to be asked. */
export interface Recording {
  readonly bundle: Bundle
  readonly predictor: Predictor
  /** Where it was read from, for people. */
  readonly name: string
}

/** Reads what `--bundle` names. Rejects with a BundleError. */
export async function openRecording({ bundle: paths, assumeVpc }: RecordedFlags): Promise<Recording> {
  const bundle = await openRecorded(paths)
  return {
    bundle,
    predictor: predictorOf(bundle, { assumeVpc: assumeVpc === true }),
    name: paths.map((path) => basename(path)).join(', '),
  }
}
