import { createReadStream } from 'node:fs'
import { Breath } from '../edge/breath.ts'
import { answerFlowLine, flowTooLong, longestFlow } from '../app/flow-lines.ts'
import { exitStatus, type ExitStatus } from '../model/result/exit-status.ts'
import { jsonText } from '../edge/clean.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { LineCutter, type CutLine } from '../edge/lines.ts'
import type { Context } from './process/context.ts'
import { catalogue } from '../i18n/catalogues.ts'
import { systemReasonSentence, UsageError } from './process/failure.ts'

/** Octets of answers that are written at once: a system call for every line would cost more than its prediction. */
const batch = 64 * 1024

/** One answer a line, in the order of the questions. A bad line is answered as such, and the status says so at the end. */
export async function answerFlows(context: Context, inventory: Inventory, file: string): Promise<ExitStatus> {
  const { predictor } = await inventory.snapshot()
  const breath = new Breath(context.signal)
  let badLines = 0
  let waiting = ''
  const flush = (): void => {
    if (waiting !== '') context.io.out(waiting)
    waiting = ''
  }
  const answer = (line: CutLine): void => {
    context.signal.throwIfAborted()
    if ('text' in line && line.text.trim() === '') return
    const answered = 'text' in line ? answerFlowLine(predictor, line.text) : flowTooLong
    if ('error' in answered) badLines++
    waiting += `${jsonText(answered)}\n`
    // Somebody may be waiting for the answer before asking the next question.
    if (waiting.length > batch || file === '-') flush()
  }
  const lines = new LineCutter(longestFlow)
  for await (const piece of piecesOf(file))
    for (const line of lines.cut(piece)) {
      answer(line)
      if (breath.isDue) await breath.take()
    }
  for (const line of lines.end()) answer(line)
  flush()
  if (badLines > 0)
    context.io.err(`podpath: ${catalogue(context.language()).command.badFlows(file, badLines)}\n`)
  return badLines > 0 ? exitStatus.usage : exitStatus.fine
}

/** The text of `--flows` as it arrives; `-` is standard input. */
async function* piecesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  try {
    yield* input.setEncoding('utf8') as AsyncIterable<string>
  } catch (error) {
    throw new UsageError((usage, words) => usage.unreadableFlows(file, systemReasonSentence(error, words)), {
      cause: error,
    })
  }
}
