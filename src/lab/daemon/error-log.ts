import { cleanLines } from '../../edge/clean.ts'

/** Octets that are written down: the log lies on the machine, whose disk is none of the lab's budget. */
const mostOctets = 1024 * 1024

/** Characters of one error with its stack. */
const longest = 8 * 1024

/**
 * Writes down what fails while a lab is up, for whoever asks why. Guests can make the daemon fail at what they ask of it as often as they
 * like, in words of theirs: only so much is written, and no control characters.
 */
export function errorLog(write: (text: string) => void): (error: unknown) => void {
  let left = mostOctets
  return (error) => {
    if (left <= 0) return
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const text = `${cleanLines(said.slice(0, longest))}\n`
    left -= Buffer.byteLength(text)
    write(text)
    if (left <= 0) write(`That was ${mostOctets / 1024 / 1024} MiB of errors; no more are written down\n`)
  }
}
