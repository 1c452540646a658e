import { once } from 'node:events'
import { join } from 'node:path'
import type { Command } from 'commander'
import { whyNotKept } from '../runs/kept-runs.ts'
import { openSnapshot } from '../inventory/snapshot-desk.ts'
import type { Source } from '../inventory/source.ts'
import { exitStatus, type ExitStatus } from '../model/result/exit-status.ts'
import { openRecorded } from '../bundle/open.ts'
import { catalogue } from '../i18n/catalogues.ts'
import type { CommandSentences, UsageSentences } from '../i18n/sentences/command-sentences.ts'
import { labsDirectory } from '../lab/daemon/record/registry.ts'
import { OwnError } from '../own/own-error.ts'
import type { WebServer } from '../server/start-server.ts'
import type { Context } from './process/context.ts'
import { UsageError } from './process/failure.ts'
import type { Io } from './process/io.ts'
import { runsDirectory } from './keep-run.ts'
import { wholeNumber } from './options/number.ts'
import { openBrowser } from './open-browser.ts'
import { packageRoot } from './process/package-root.ts'
import { progressLine } from './output/progress-line.ts'
import { addReachFlags, reachOf, type ReachFlags } from './options/reach.ts'
import { addBundleFlag } from './options/recorded.ts'
import { addSourceFlags, withSource, type SourceFlags } from './options/source.ts'

interface UiFlags extends SourceFlags, ReachFlags {
  readonly bundle: readonly string[]
  readonly port?: string
  readonly open: boolean
}

/** `podpath ui` */
export function addUi(program: Command, context: Context, version: string): void {
  const command = program
    .command('ui')
    .description('the web page: trace, look into every table, compare runs; on this machine alone')
  addBundleFlag(addReachFlags(addSourceFlags(command)))
    .option('--port <n>', 'of 127.0.0.1 (default: any that is free)')
    .option('--no-open', 'only print the address')
    .addHelpText(
      'after',
      `
Examples:
  podpath ui --lab
  podpath ui --context my-cluster --port 8080 --no-open
  podpath ui --bundle bundle --lang ko

The address carries a key that works once, in one browser. Ctrl-C ends it.`,
    )
    .action((flags: UiFlags) => context.run(() => run(context, flags, version), 'ends'))
}

/** No other command needs a web server, and reading one takes a while. */
const serverModule = () => import('../server/start-server.ts')

async function run(context: Context, flags: UiFlags, version: string): Promise<ExitStatus> {
  const port = wholeNumber('--port', flags.port ?? '0', 0, 65535)
  if (flags.bundle.length > 0) {
    if (flags.lab !== undefined || flags.context !== undefined || flags.kubeconfig !== undefined)
      throw new UsageError((usage) => usage.clusterBesideBundle)
    const bundle = await context.nothingToClear(async () => {
      const recorded = await openRecorded(flags.bundle)
      await openSnapshot(recorded, context.signal)
      return recorded
    })
    return serve(context, flags, { kind: 'bundle', name: flags.bundle.join(', '), bundle }, port, version)
  }
  const line = progressLine(context.io, context.language(), false)
  // Read while the cluster answers. Whoever needs it will hear of a failure.
  serverModule().catch(() => undefined)
  try {
    return await withSource(context, flags, line, ({ cluster, ec2 }) => {
      line.clear()
      return serve(
        context,
        flags,
        { kind: 'cluster', name: cluster.name, cluster, ec2, reach: reachOf(flags) },
        port,
        version,
      )
    })
  } finally {
    line.clear()
  }
}

async function serve(
  context: Context,
  flags: UiFlags,
  source: Source,
  port: number,
  version: string,
): Promise<ExitStatus> {
  const { io, signal } = context
  signal.throwIfAborted()
  const language = context.language()
  const { startServer } = await serverModule()
  const runs = runsDirectory(context)
  const notKept = runs === undefined ? null : whyNotKept(runs)
  if (notKept) io.err(`podpath: ${catalogue(language).command.runsNotKept(notKept.message)}\n`)
  const server = await startServer({
    source,
    version,
    mayChange: flags.lab !== undefined,
    language,
    languageAsked: context.languageAsked(),
    signal,
    port,
    runs: notKept ? null : (runs ?? null),
    pageDirectory: join(packageRoot(), 'dist/web'),
  }).catch((error: unknown) => {
    const say = explained(error, port)
    throw say === null ? error : new UsageError(say, { cause: error })
  })
  let forget = (): void => undefined
  try {
    io.out(`${server.url}\n`)
    if (io.watched) io.err(`${catalogue(language).progress.pageServed}\n`)
    if (flags.open) {
      forget = opened(server, io, catalogue(language).command)
      void server.opened.then(forget)
    }
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    forget()
    await server.close()
  }
  return exitStatus.fine
}

/** Shows the page in the user's browser; without a place for the key there is the printed address. */
function opened({ url }: WebServer, io: Io, words: CommandSentences): () => void {
  try {
    const path = labsDirectory(io.environment)
    return openBrowser(new URL(url), { path, otherwise: words.openAddress }, io.environment)
  } catch (error) {
    if (!(error instanceof OwnError)) throw error
    io.err(`podpath: ${words.browserNotOpened(error.message)}\n`)
    return () => undefined
  }
}

/** Null: it says itself what is wrong. */
function explained(error: unknown, port: number): ((usage: UsageSentences) => string) | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return (usage) => usage.portTaken(port)
  if (code === 'EACCES') return (usage) => usage.portRefused(port)
  if (code === 'ENOENT') return (usage) => usage.noPage
  return null
}
