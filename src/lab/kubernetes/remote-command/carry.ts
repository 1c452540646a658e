import type { Readable, Writable } from 'node:stream'

/**
 * Hands on a program's output as fast as `to` takes it; what comes when `to` has gone is thrown away, so that the
 * program goes on. Resolves when `from` has no more.
 */
export function carry(from: Readable, to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      from.resume()
    }
    const end = (): void => {
      to.off('drain', goOn)
      to.off('close', goOn)
      resolve()
    }
    to.on('drain', goOn)
    to.on('close', goOn)
    from.on('data', (chunk: Buffer) => {
      if (!to.destroyed && !to.write(chunk)) from.pause()
    })
    from.on('end', end)
    from.on('close', end)
    // A terminal whose last program has gone reads as an error.
    from.on('error', end)
  })
}

/** The same, and then ends `to`. Resolves when it has taken everything, or is gone: what came last may have had to wait for its turn. */
export async function carryAll(from: Readable, to: Writable): Promise<void> {
  await carry(from, to)
  await new Promise<void>((resolve) => {
    if (to.destroyed) resolve()
    else to.end(() => resolve())
  })
}

/**
 * Hands on what a client sends as fast as a program takes it, and its end. When the program takes no more, the rest
 * is thrown away, so that it does not stand in the way of the client's other streams.
 */
export function feed(from: Readable, to: Writable): void {
  const discard = (): void => {
    from.resume()
  }
  from.pipe(to)
  // Behind what pipe() does of its own then: it lets go of `from` and leaves it paused.
  to.on('close', discard)
  if (to.destroyed) discard()
  from.on('close', () => {
    from.unpipe(to)
    to.off('close', discard)
  })
}
