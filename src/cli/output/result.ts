import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Option, type Command } from 'commander'
import { catalogue } from '../../i18n/catalogues.ts'
import type { RunResult } from '../../model/result/result.ts'
import { makeDirectories } from '../../own/make-directories.ts'
import { renderHtml } from '../../report/html/report.ts'
import { renderJson } from '../../report/json.ts'
import { renderJunit } from '../../report/junit.ts'
import { renderMarkdown } from '../../report/markdown/report.ts'
import { renderSvg, renderSvgs } from '../../report/svg/svg.ts'
import { renderTerminal, type TerminalOptions } from '../../report/terminal/report.ts'
import type { Context } from '../process/context.ts'
import { unwritable, UsageError } from '../process/failure.ts'
import { underHeading } from './help.ts'

const formats = ['text', 'json', 'markdown', 'junit', 'svg', 'html'] as const
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
  underHeading('output', command, (one) =>
    one
      .addOption(new Option('--output <format>', 'how it is written').choices(formats))
      .option('--json', 'short for --output json')
      .option(
        '--out <file>',
        'write it to a file instead of standard output; of svg also to a directory, one file each flow',
      ),
  )

export function outputOf(flags: OutputFlags): Output {
  if (flags.json && flags.output !== undefined && flags.output !== 'json')
    throw new UsageError((usage) => usage.contradict('--json', `--output ${flags.output ?? ''}`))
  return { format: flags.json ? 'json' : (flags.output ?? 'text'), file: flags.out ?? null }
}

/** Writes the result where it was asked for. */
export function writeResult(context: Context, output: Output, result: RunResult): void {
  const { io } = context
  const language = context.language()
  const { file } = output
  if (file === null) {
    io.painted(render(context, output, result))
    return
  }
  const files =
    output.format === 'svg' && isDirectory(file)
      ? renderSvgs(result, { language }).map(({ name, text }) => ({ path: join(file, `${name}.svg`), text }))
      : [{ path: file, text: render(context, output, result) }]
  for (const { path, text } of files) {
    try {
      if (path !== file) makeDirectories(file)
      writeFileSync(path, text)
    } catch (error) {
      throw unwritable(`--out ${file}`, error)
    }
    io.err(`${catalogue(language).progress.reportWritten(path)}\n`)
  }
}

/** A path that ends in a slash is meant as one, even before it exists. */
const isDirectory = (path: string): boolean =>
  path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/** How this terminal, or a file, shows text. */
export const terminalOptions = ({ io, language }: Context, toFile: boolean): TerminalOptions => ({
  language: language(),
  width: toFile ? 100 : io.width,
  colour: toFile ? 0 : io.colour,
  unicode: !/^(C|POSIX)$/.test(io.environment['LC_ALL'] ?? io.environment['LANG'] ?? ''),
})

function render(context: Context, output: Output, result: RunResult): string {
  const language = context.language()
  switch (output.format) {
    case 'text':
      return renderTerminal(result, terminalOptions(context, output.file !== null))
    case 'json':
      return renderJson(result)
    case 'markdown':
      return renderMarkdown(result, language)
    case 'junit':
      return renderJunit(result, language)
    case 'svg':
      return renderSvg(result, { language })
    case 'html':
      return renderHtml(result, language)
  }
}
