import type { Argv } from './runner.ts'

/**
 * argv as text that a POSIX shell reads back as exactly these words: every word in single quotes, in which nothing
 * but the quote itself means anything (POSIX.1-2017, Shell Command Language, 2.2.2). A word cannot hold a NUL:
 * no program could be given one (execve(2)), so that is an error of ours to have let through.
 */
export function shellWords(argv: Argv | readonly string[]): string {
  return argv.map(shellWord).join(' ')
}

function shellWord(word: string): string {
  if (word.includes('\0')) throw new Error('a word of a command holds a NUL character')
  return `'${word.replaceAll("'", `'\\''`)}'`
}
