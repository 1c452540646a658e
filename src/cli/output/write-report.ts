import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { catalogue } from '../../i18n/catalogues.ts'
import type { Context } from '../process/context.ts'
import { unwritable } from '../process/failure.ts'

/** A text that is ready, where it was asked for: at standard output, or in one file. */
export function writeReport(context: Context, text: string, file: string | null): void {
  if (file === null) {
    context.io.painted(text)
    return
  }
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw unwritable(`--out ${file}`, error)
  }
  context.io.err(`${catalogue(context.language()).progress.reportWritten(file)}\n`)
}

/** The same of a text that is made a piece at a time, and may be more than one text can hold. */
export async function writeReportInPieces(
  context: Context,
  pieces: Iterable<string>,
  file: string | null,
): Promise<void> {
  if (file === null) {
    for (const chunk of inChunks(pieces)) {
      context.signal.throwIfAborted()
      await context.io.paintedPatiently(chunk)
    }
    return
  }
  try {
    const descriptor = openSync(file, 'w')
    try {
      for (const chunk of inChunks(pieces)) {
        writeSync(descriptor, chunk)
        await new Promise((done) => setImmediate(done))
        context.signal.throwIfAborted()
      }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (context.signal.aborted) throw error
    throw unwritable(`--out ${file}`, error)
  }
  context.io.err(`${catalogue(context.language()).progress.reportWritten(file)}\n`)
}

const chunkSize = 1 << 16

function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk = ''
  for (const piece of pieces) {
    chunk += piece
    if (chunk.length < chunkSize) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}
