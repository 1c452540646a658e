import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readBundle } from '../../src/bundle/read.ts'
import type { Predictor } from '../../src/forward/walk/predictor.ts'
import { predictorOf } from '../../src/inventory/predictor.ts'
import type { TestLab } from '../lab/lab.ts'

/** A snapshot of a lab as it is now, as `podpath snapshot` writes it. */
export async function snapshotOf(lab: TestLab, name: string): Promise<Predictor> {
  const directory = join(lab.where.runtime, `snapshot-${name}`)
  rmSync(directory, { recursive: true, force: true })
  const ended = await lab.podpath('snapshot', `--lab=${name}`, '--out', directory)
  if (ended.status !== 0) throw new Error(`snapshot: exit ${ended.status}: ${ended.stderr}`)
  return predictorOf(await readBundle(directory))
}
