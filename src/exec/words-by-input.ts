import { shellWords } from './shell-words.ts'
import type { Argv } from './runner.ts'

/** A command whose words travel on its standard input, before whatever else it reads there. */
export interface WordsByInput {
  readonly argv: Argv
  /** What has to be written to its input first. */
  readonly head: Buffer
}

/**
 * Reads its words and becomes what they say: `sh -c READ podpath OCTETS INPUT SHOWN`. dd(1) that reads octet by octet takes not one too many,
 * whatever stands behind them; head(1) of busybox would.
 */
const read = `w=$(dd ibs=1 count="$1" 2>/dev/null) || exit 126
[ "$2" = rest ] || exec </dev/null
eval "exec $w"`

/** Characters: of a word that is shown whole, and of all. */
const mostWord = 80
const mostShown = 300

/** What it runs, for who reads a server's audit log or `ps`: scripts are left out. */
const shown = (argv: Argv): string =>
  argv
    .map((word) => (word.length > mostWord || word.includes('\n') ? '…' : word))
    .join(' ')
    .slice(0, mostShown)

/**
 * A command as one whose words are read from its input: where a command line has a limit (a URL's, a proxy's), its words need not be
 * short. With `withInput` it reads on where they end; without, it has no input, as it would have had none.
 */
export function wordsByInput(argv: Argv, withInput: boolean): WordsByInput {
  const head = Buffer.from(shellWords(argv))
  return {
    argv: ['sh', '-c', read, 'podpath', String(head.length), withInput ? 'rest' : 'none', shown(argv)],
    head,
  }
}
