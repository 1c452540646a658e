/** Longest text from outside that is shown; what is longer is cut and marked. UTF-16 units. */
const longest = 4096

/**
 * What no text from outside may bring to a terminal or a document, as the inside of a character class: C0, DEL and C1
 * controls (ECMA-48), and the marks that reorder or hide text: bidirectional, zero-width, invisible, line and paragraph
 * separators, annotations, tags (Unicode 16, sections 23.2 to 23.9).
 */
const reorderOrHide = String.raw`\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}`
const controls = String.raw`\u0000-\u001f\u007f-\u009f`
const unsafe = new RegExp(`[${controls}${reorderOrHide}]`, 'gu')

/** Printable ASCII alone, as nearly every text is: there is nothing to clean. */
const plain = /^[ -~]*$/

/**
 * Text from a cluster, a capture or a file, fit for a terminal or a document: on one line, without control
 * characters and without marks that make it read otherwise than it is, of bounded length.
 */
export function clean(text: string, most = longest): string {
  if (text.length <= most && plain.test(text)) return text
  const cut = text.length > most ? `${text.slice(0, most)}…` : text
  return cut
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    .replace(unsafe, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
}

/** Whether a text is one line of nothing but what may be shown as it stands: a name that is not is refused where it is read. */
export const isClean = (text: string): boolean => plain.test(text) || clean(text, text.length) === text

/** Every string inside a value made clean; the one gate through which a result reaches a report. */
export function cleanAll<Value>(value: Value, most = longest): Value {
  return cleaned(value, most) as Value
}

function cleaned(value: unknown, most: number): unknown {
  if (typeof value === 'string') return clean(value, most)
  if (Array.isArray(value)) return value.map((one) => cleaned(one, most))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [clean(key, most), cleaned(inner, most)]),
    )
  return value
}

/** Text of ours, of several lines: lines end and tabs stand as they are, whatever else is a control goes. */
const unsafeInLines = new RegExp(String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f${reorderOrHide}]`, 'gu')

export const cleanLines = (text: string): string => text.replace(unsafeInLines, '')

/** The same, but for the colours and the movements that `own` matches: they must be all that it matches. */
export function cleanLinesBut(text: string, own: RegExp): string {
  if (!text.includes('\u001b') && !text.includes('\r')) return cleanLines(text)
  let kept = ''
  let at = 0
  for (const { index, 0: sequence } of text.matchAll(own)) {
    kept += cleanLines(text.slice(at, index)) + sequence
    at = index + sequence.length
  }
  return kept + cleanLines(text.slice(at))
}

/**
 * JSON for a stream, a file or a terminal: JSON.stringify escapes C0; DEL, C1 and what reorders or hides text stand as \u escapes
 * as well. The document stays the same for a program and is harmless in a terminal.
 */
export const jsonText = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(unsafeInJson, (character) =>
    [...Array(character.length).keys()]
      .map((unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`)
      .join(''),
  )

/** They occur in strings alone. */
const unsafeInJson = new RegExp(String.raw`[\u007f-\u009f${reorderOrHide}]`, 'gu')
