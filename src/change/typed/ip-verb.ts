/** What `ip OBJECT` is to do; ip(8) takes the beginning of a word for the word. */
import { badCommand, lacking } from '../change-error.ts'

const verbs = ['add', 'append', 'change', 'delete', 'flush', 'prepend', 'replace', 'set'] as const
export type Verb = (typeof verbs)[number]

export function verbOf(word: string | undefined): Verb {
  if (word === undefined) throw lacking('add, del, replace, set')
  const verb = word === 'chg' ? 'change' : verbs.find((one) => one.startsWith(word))
  if (verb === undefined) throw badCommand(`ip … ${word}`)
  return verb
}
