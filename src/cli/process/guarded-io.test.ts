import { describe, expect, test } from 'vitest'
import { guardedIo } from './guarded-io.ts'
import type { Io } from './io.ts'
import { progressLine } from '../output/progress-line.ts'
import { screen } from '../output/screen.ts'

/** What a terminal shows that has both streams, as one text. */
function terminal(watched = true): { readonly io: Io; readonly written: () => string } {
  let written = ''
  const write = (text: string): void => {
    written += text
  }
  const io = guardedIo({
    out: write,
    outPatiently: (text) => Promise.resolve(write(text)),
    err: write,
    environment: {},
    width: 80,
    watchedWidth: 40,
    colour: 0,
    terminal: true,
    watched,
    home: undefined,
  })
  return { io, written: () => written }
}

describe('a line that changes', () => {
  test.each<{ readonly because: string; readonly print: (io: Io) => unknown }>([
    { because: 'a result is no end of it', print: (io) => io.out('said\n') },
    { because: 'nor is a report', print: (io) => io.painted('said\n') },
    { because: 'nor are a capture’s lines', print: (io) => io.paintedPatiently('said\n') },
    { because: 'nor is a warning', print: (io) => io.err('said\n') },
  ])('is gone before what is printed: $because', async ({ print }) => {
    const { io, written } = terminal()
    progressLine(io, 'en', false).progress(() => 'reading')
    await print(io)
    await print(io)
    expect(written()).toBe(`${screen.clearLine}reading${screen.clearLine}said\nsaid\n`)
  })

  test('is not cleared twice', () => {
    const { io, written } = terminal()
    const line = progressLine(io, 'en', false)
    line.progress(() => 'reading')
    line.clear()
    io.out('said\n')
    expect(written()).toBe(`${screen.clearLine}reading${screen.clearLine}said\n`)
  })

  test('is as long as its terminal is wide at the most: of two lines one would stay', () => {
    const { io, written } = terminal()
    progressLine(io, 'en', false).progress(() => `Probing ${'x'.repeat(60)} → the-end`)
    expect(written().replace(screen.clearLine, '').length).toBeLessThan(40)
    expect(written()).toMatch(/^\r\u001b\[KProbing x+…x* → the-end$/)
  })

  test('is a line of its own where nobody watches, and whole', () => {
    const { io, written } = terminal(false)
    progressLine(io, 'en', false).progress(() => 'x'.repeat(60))
    io.out('said\n')
    expect(written()).toBe(`${'x'.repeat(60)}\nsaid\n`)
  })
})
