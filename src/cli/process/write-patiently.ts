import { write } from 'node:fs'

/** Milliseconds before another try of a reader that takes nothing at the moment. */
const again = 5

/**
 * Writes all of a text to a descriptor without holding up the process: a write to a terminal or a pipe that is full
 * waits in a thread of its own. Rejects when nobody reads any more.
 */
export async function writePatiently(descriptor: number, text: string): Promise<void> {
  const octets = Buffer.from(text, 'utf8')
  let at = 0
  while (at < octets.length) at += await writeSome(descriptor, octets, at)
}

function writeSome(descriptor: number, octets: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, octets, at, octets.length - at, null, (error, written) => {
      if (!error) resolve(written)
      else if (error.code === 'EAGAIN') setTimeout(() => resolve(0), again)
      else reject(error)
    })
  })
}
