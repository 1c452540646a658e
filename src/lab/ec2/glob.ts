/**
 * EC2's filter values: `*` is any text, `?` one character, a backslash makes the next character itself. Case matters.
 * Two indexes and one place to return to: never more than pattern × text steps, whatever the pattern.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    const c = pattern[p]
    if (c === '*') {
      star = p++
      resume = t
      continue
    }
    const literal = c === '\\' && p + 1 < pattern.length ? pattern[p + 1] : c
    if (c !== undefined && (c === '?' || literal === text[t])) {
      p += c === '\\' && p + 1 < pattern.length ? 2 : 1
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
