/** The offset of the quote that ends the JSON string begun at `open`; of the text's end when none does. */
export function endOfString(text: string, open: number): number {
  for (let from = open + 1; ;) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return text.length
    let slashes = 0
    while (text.charCodeAt(quote - 1 - slashes) === 92 /* \ */) slashes++
    if (slashes % 2 === 0) return quote
    from = quote + 1
  }
}
