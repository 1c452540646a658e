import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { explainOnBundle } from '../app/explain-bundle.ts'
import { answerFlowLine } from '../app/flow-lines.ts'
import { exitStatus, type ExitStatus } from '../app/verdict.ts'
import { jsonText } from '../edge/clean.ts'
import type { Flow } from '../forward/predict.ts'
import type { RunResult } from '../model/result.ts'
import type { Context } from './context.ts'
import { UsageError } from './failure.ts'
import { openRecording } from './open-recording.ts'
import type { RecordedFlags } from './recorded-options.ts'

type FlowOptions = Omit<Flow, 'from' | 'to' | 'source'>

/** One flow through a snapshot. */
export async function explainRecorded(
  context: Context,
  flags: RecordedFlags,
  ends: { readonly from: string; readonly to: string; readonly whyNot: boolean },
  options: FlowOptions,
): Promise<RunResult> {
  return explainOnBundle({
    ...options,
    ...ends,
    ...(await openRecording(flags)),
    language: context.language(),
  })
}

/** Octets of answers that are written at once: a system call for every line would cost more than its prediction. */
const batch = 64 * 1024

/** One answer a line, in the order of the questions. A bad line is answered as such, and the status says so at the end. */
export async function answerFlows(context: Context, flags: RecordedFlags, file: string): Promise<ExitStatus> {
  const { predictor } = await openRecording(flags)
  let badLines = 0
  const input = file === '-' ? process.stdin : createReadStream(file)
  const failed = new Promise<never>((_resolve, reject) => {
    input.once('error', (error: Error) => {
      reject(new UsageError(`--flows ${file}: ${error.message}`))
    })
  })
  let waiting = ''
  const flush = (): void => {
    if (waiting !== '') context.io.out(waiting)
    waiting = ''
  }
  const read = async (): Promise<void> => {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      context.signal.throwIfAborted()
      if (line.trim() === '') continue
      const answer = answerFlowLine(predictor, line)
      if ('error' in answer) badLines++
      waiting += `${jsonText(answer)}\n`
      // Somebody may be waiting for the answer before asking the next question.
      if (waiting.length > batch || file === '-') flush()
    }
    flush()
  }
  await Promise.race([read(), failed])
  if (badLines > 0) context.io.err(`podpath: --flows ${file}: ${badLines} lines are no flows\n`)
  return badLines > 0 ? exitStatus.usage : exitStatus.fine
}
