import { writeFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { catalogue } from '../i18n/catalogue.ts'
import type { RunResult } from '../model/result.ts'
import { renderJson } from '../report/json.ts'
import { renderJunit } from '../report/junit.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { renderTerminal } from '../report/terminal.ts'
import type { Context } from './context.ts'
import { UsageError } from './failure.ts'

const formats = ['text', 'json', 'markdown', 'junit'] as const
type Format = (typeof formats)[number]

export interface OutputFlags {
  readonly output?: Format
  readonly json?: boolean
  readonly out?: string
}

export interface Output {
  readonly format: Format
  readonly file: string | null
}

export const addOutputFlags = (command: Command): Command =>
  command
    .addOption(new Option('--output <format>', 'how the result is written').choices(formats))
    .option('--json', 'short for --output json')
    .option('--out <file>', 'write the result to a file instead of standard output')

export function outputOf(flags: OutputFlags): Output {
  if (flags.json && flags.output !== undefined && flags.output !== 'json')
    throw new UsageError(`--json and --output ${flags.output} contradict each other: give one of them`)
  return { format: flags.json ? 'json' : (flags.output ?? 'text'), file: flags.out ?? null }
}

/** Writes the result where it was asked for. */
export function writeResult(context: Context, output: Output, result: RunResult): void {
  const { io } = context
  const language = context.language()
  const text = render(context, output, result)
  if (output.file === null) {
    io.out(text)
    return
  }
  try {
    writeFileSync(output.file, text)
  } catch (error) {
    throw new UsageError(`--out ${output.file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
  io.err(`${catalogue(language).progress.reportWritten(output.file)}\n`)
}

function render(context: Context, output: Output, result: RunResult): string {
  const { io } = context
  const language = context.language()
  switch (output.format) {
    case 'text':
      return renderTerminal(result, {
        language,
        width: output.file === null ? io.width : 100,
        colour: output.file === null ? io.colour : 0,
        unicode: !/^(C|POSIX)$/.test(io.environment['LC_ALL'] ?? io.environment['LANG'] ?? ''),
      })
    case 'json':
      return renderJson(result)
    case 'markdown':
      return renderMarkdown(result, language)
    case 'junit':
      return renderJunit(result, language)
  }
}
