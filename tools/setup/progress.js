/** A line on standard error that changes while something goes on, or, where nobody watches, a line now and then. */

/** How long a line stands where nobody watches, in milliseconds. */
const now = 15_000

/**
 * @param {string} title
 */
export function progress(title) {
  const watched = process.stderr.isTTY === true
  let said = Date.now()
  let open = false
  const clear = () => {
    if (open) process.stderr.write('\r\u001b[K')
    open = false
  }
  process.stderr.write(`${title}\n`)
  return {
    /** @param {string} step */
    say(step) {
      if (watched) {
        process.stderr.write(`\r\u001b[K  ${step}`.slice(0, (process.stderr.columns || 80) + 3))
        open = true
      } else if (Date.now() - said > now) {
        process.stderr.write(`  ${step}\n`)
        said = Date.now()
      }
    },
    /** @param {string} text */
    note(text) {
      clear()
      process.stderr.write(`  ${text}\n`)
    },
    /** @param {string} [text] */
    end(text) {
      clear()
      if (text !== undefined) process.stderr.write(`  ${text}\n`)
    },
  }
}
