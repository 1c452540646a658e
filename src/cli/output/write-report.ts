import { writeFileSync } from 'node:fs'
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
