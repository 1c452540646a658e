import { fc, test as property } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { readFabric } from '../../linux/fabric.ts'
import { BundleError } from '../bundle.ts'
import { bundleOfArchives } from './bundle-of-archives.ts'
import { readArchive } from './read-archive.ts'
import { fixture } from './archives.fixture.ts'

describe('whatever the files of an archive hold', async () => {
  const whole = await readArchive(fixture(1))
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '\n',
      '"',
      '{',
      '/',
      ' dev eni1',
      '192.168.1.60',
      '99999999999999999999',
      'local ',
      '0'.repeat(300),
    ),
  )
  const changes = fc.array(
    fc.record({
      file: fc.nat(),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.nat(200),
      put: piece,
    }),
    { minLength: 1, maxLength: 6 },
  )

  property.prop([changes])('it is a snapshot or refused by name, and its stacks are named apart', (list) => {
    const files = new Map(whole.files)
    const names = [...files.keys()]
    for (const { file, at, drop, put } of list) {
      const name = names[file % names.length] ?? ''
      const text = files.get(name) ?? ''
      const from = Math.floor(at * text.length)
      files.set(name, text.slice(0, from) + put + text.slice(from + drop))
    }
    try {
      const { index, files: read } = bundleOfArchives([{ ...whole, files }], '2026-01-01T00:00:00Z')
      expect(new Set(index.stacks.map((stack) => stack.id)).size).toBe(index.stacks.length)
      expect(index.stacks.length).toBeLessThan(100)
      readFabric(new Map([...read, ['bundle.json', JSON.stringify(index)]]), null)
    } catch (error) {
      expect(error).toBeInstanceOf(BundleError)
    }
  })
})
