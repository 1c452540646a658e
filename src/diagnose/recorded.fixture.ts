/** Healthy labs of seed 1 as `podpath snapshot` recorded them, each mode once. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { readIndex } from '../bundle/read-index.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import { predictorOf } from '../inventory/predictor.ts'

export const recordedModes = ['al2', 'al2023', 'private', 'prefixes'] as const
export type RecordedMode = (typeof recordedModes)[number]

export async function recordedLab(mode: RecordedMode): Promise<Predictor> {
  const archive = gunzipSync(readFileSync(new URL(`fixtures/${mode}.tar.gz`, import.meta.url)))
  const files = new Map<string, string>()
  const reading = extract()
  reading.end(archive)
  for await (const entry of reading) {
    const chunks: Uint8Array[] = []
    for await (const chunk of entry) chunks.push(chunk as Uint8Array)
    if (entry.header.type === 'file')
      files.set(entry.header.name.replace(/^\.\//, ''), Buffer.concat(chunks).toString('utf8'))
  }
  return predictorOf({ index: readIndex(files.get('bundle.json') ?? ''), files })
}
