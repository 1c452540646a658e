/** Longest text from outside that is shown; what is longer is cut and marked. UTF-16 units. */
const longest = 4096

/** C0, DEL and C1 controls, and the marks that reorder or hide text (bidirectional, zero-width, line separators). */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

/** Printable ASCII alone, as nearly every text is: there is nothing to clean. */
const plain = /^[ -~]*$/

/**
 * Text from a cluster, a capture or a file, fit for a terminal or a document: on one line, without control
 * characters (ECMA-48) and without marks that make it read otherwise than it is, of bounded length.
 */
export function clean(text: string, most = longest): string {
  if (text.length <= most && plain.test(text)) return text
  const cut = text.length > most ? `${text.slice(0, most)}…` : text
  return cut
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    .replace(unsafe, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
}

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
