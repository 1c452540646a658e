/** A command line as a person would paste it → its words. No shell: what only a shell would do is refused. */
import { ChangeError, lacking } from '../change-error.ts'

const longest = 8192

/**
 * Words by the rules of a POSIX shell for quotes and backslashes. Throws a ChangeError for an open quote, and for what stands
 * unquoted and means something to a shell (pipes, variables, a second command).
 */
export function shellSplit(text: string): readonly string[] {
  if (text.length > longest) throw new ChangeError({ code: 'too-long', what: 'command', most: longest })
  const refuse = (): ChangeError => new ChangeError({ code: 'quoting', text: text.slice(0, 120) })
  const words: string[] = []
  let word: string | null = null
  for (let i = 0; i < text.length; i++) {
    const letter = text[i] ?? ''
    if (/[ \t]/.test(letter)) {
      if (word !== null) words.push(word)
      word = null
      continue
    }
    if (/[\u0000-\u001f\u007f;|&<>$`]/.test(letter)) throw refuse()
    word ??= ''
    if (letter === "'" || letter === '"') {
      const end = text.indexOf(letter, i + 1)
      const inside = end < 0 ? '' : text.slice(i + 1, end)
      if (end < 0 || /[\u0000-\u001f\u007f]/.test(inside)) throw refuse()
      if (letter === '"' && /[\\$`]/.test(inside)) throw refuse()
      word += inside
      i = end
    } else if (letter === '\\') {
      i++
      if (i >= text.length) throw refuse()
      word += text[i] ?? ''
    } else word += letter
  }
  if (word !== null) words.push(word)
  return words
}

/** What an option is followed by. Throws a ChangeError when nothing follows. */
export function valueOf(option: string, next: string | undefined): string {
  if (next === undefined) throw lacking(`${option} VALUE`)
  return next
}
