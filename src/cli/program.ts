import { Command, CommanderError, Option } from 'commander'
import { exitStatus } from '../model/result/exit-status.ts'
import { catalogue } from '../i18n/catalogues.ts'
import { languageOfLocale, languages, type Language } from '../i18n/language.ts'
import type { Context, Interrupting } from './process/context.ts'
import { describeFailure } from './process/failure.ts'
import { farewellOf, type Farewell } from './process/farewell.ts'
import { helpLayout } from './output/help.ts'
import { guardedIo } from './process/guarded-io.ts'
import type { Signals } from './process/signals.ts'
import type { Io, Streams } from './process/io.ts'
import { LostOutput } from './process/lost-output.ts'
import { screen } from './output/screen.ts'

type AddCommand = (program: Command, context: Context, version: string) => void

/** In the order of the help. Each is read when it is asked for: most of a short command's time is reading programs. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  verify: async () => (await import('./verify.ts')).addVerify,
  trace: async () => (await import('./trace.ts')).addTrace,
  explain: async () => (await import('./explain.ts')).addExplain,
  matrix: async () => (await import('./matrix.ts')).addMatrix,
  diagnose: async () => (await import('./diagnose.ts')).addDiagnose,
  change: async () => (await import('./change.ts')).addChange,
  read: async () => (await import('./read.ts')).addRead,
  capture: async () => (await import('./capture.ts')).addCapture,
  snapshot: async () => (await import('./snapshot.ts')).addSnapshot,
  ui: async () => (await import('./ui.ts')).addUi,
  lab: async () => (await import('./lab/lab.ts')).addLab,
  cleanup: async () => (await import('./cleanup.ts')).addCleanup,
  rbac: async () => (await import('./rbac.ts')).addRbac,
}

/** The one command that the first word names; where it names none, all of them, for help and suggestions. */
function commandsFor([first = '']: readonly string[]): Promise<readonly AddCommand[]> {
  if (first === '--version') return Promise.resolve([])
  const named = Object.hasOwn(commands, first) ? commands[first] : undefined
  return Promise.all((named ? [named] : Object.values(commands)).map((load) => load()))
}

/**
 * Runs podpath with these words and returns its exit status. Never exits and reads no globals, so a test is a call. Rejects
 * with an error of podpath's own.
 */
export async function runPodpath(
  words: readonly string[],
  streams: Streams,
  { signal, nothingToClear }: Signals,
  version: string,
  name = 'podpath',
  hand: (farewell: Farewell) => void = () => undefined,
): Promise<number> {
  const io = guardedIo(streams)
  let status: number = exitStatus.fine
  let interrupting: Interrupting = 'breaks-off'
  const isInterrupted = (): boolean => signal.aborted && !(signal.reason instanceof LostOutput)
  const interruptedSentence = once(() => {
    if (io.watched) io.draw(screen.clearLine)
    io.err(`${catalogue(context.language()).progress.interrupted}\n`)
  })
  const program = new Command(name)
  const context: Context = {
    io,
    signal,
    nothingToClear,
    language: () => program.opts<{ lang?: Language }>().lang ?? languageOfLocale(locale(io)),
    languageAsked: () => program.opts<{ lang?: Language }>().lang !== undefined,
    clusters: new Set(),
    async run(body, interrupts = 'breaks-off') {
      interrupting = interrupts
      // At once, and when whatever is drawn there is taken away: the clean-up may take a while.
      if (interrupting === 'breaks-off')
        signal.addEventListener('abort', () => queueMicrotask(() => isInterrupted() && interruptedSentence()))
      try {
        status = await body()
      } catch (error) {
        if (signal.reason instanceof LostOutput) status = exitStatus.environment
        else if (signal.aborted) {
          status = exitStatus.interrupted
          interruptedSentence()
        } else {
          const failure = describeFailure(error, catalogue(context.language()))
          if (!failure) throw error
          status = failure.status
          io.err(`${failure.line}\n`)
        }
      }
    },
  }
  hand(farewellOf(io, context.language, context.clusters, () => interrupting === 'passes'))
  program
    .description('shows and proves how packets travel in Kubernetes on AWS (EKS, Amazon VPC CNI)')
    .version(version)
    .addOption(
      new Option('--lang <language>', 'of reports and progress (default: the locale’s)').choices(languages),
    )
    .configureOutput({
      // Examples are written with podpath's own name.
      writeOut: (text) => io.out(text.replace(/^( +)podpath (?=[a-z])/gm, `$1${name} `)),
      writeErr: io.err,
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'podpath: '))
      },
    })
    .configureHelp(helpLayout)
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Examples:
  podpath verify --lab  the tutorial's packets on this machine, hop by hop
  podpath lab up        a lab that stays, for kubectl and for you

Exit status: 0 all well, 1 a packet lost or a disagreement, 2 wrong usage, 3 the
environment is not able, 130 interrupted.`,
    )
    .addHelpText('beforeAll', ({ command }) => {
      refuseUnknown(command)
      return ''
    })
  for (const add of await commandsFor(helpAsOption(words))) add(program, context, version)
  inherit(program)
  try {
    await program.parseAsync(helpAsOption(words), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander shows help with one code to who asks for it by the word and to who names no command.
    const asked =
      error.code === 'commander.helpDisplayed' ||
      error.code === 'commander.version' ||
      (error.code === 'commander.help' && words.includes('help'))
    return asked ? exitStatus.fine : exitStatus.usage
  }
  return status
}

/** `help lab up` is `lab up --help`; commander's own stops at the first word. */
function helpAsOption(words: readonly string[]): string[] {
  return words[0] === 'help' && words.length > 1 ? [...words.slice(1), '--help'] : [...words]
}

/** Help for a command that is not there is a mistake, as the command itself is; commander shows its parent's help. */
function refuseUnknown(command: Command): void {
  const [first, second] = command.args
  const word = first === 'help' ? second : first
  if (word === undefined || word.startsWith('-') || command.commands.length === 0) return
  if (command.commands.some((one) => one.name() === word || one.aliases().includes(word))) return
  command.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' })
}

/** Says a thing the first time only. */
function once(say: () => void): () => void {
  let said = false
  return () => {
    if (!said) say()
    said = true
  }
}

/** `--lang` may stand after the command as well, where people put it. */
function inherit(program: Command): void {
  for (const command of program.commands) {
    command.exitOverride().configureOutput(program.configureOutput()).showSuggestionAfterError()
    if (!command.options.some((option) => option.long === '--lang'))
      command.addOption(
        new Option('--lang <language>', 'of reports and progress').choices(languages).hideHelp(),
      )
    command.hook('preAction', (_root, action) => {
      const lang: unknown = action.opts<{ lang?: string }>().lang
      if (typeof lang === 'string') program.setOptionValue('lang', lang)
    })
    inherit(command)
  }
}

const locale = (io: Io): string =>
  [io.environment['LC_ALL'], io.environment['LC_MESSAGES'], io.environment['LANG']].find(
    (one) => (one ?? '') !== '',
  ) ?? ''
