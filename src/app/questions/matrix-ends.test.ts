import { expect, test } from 'vitest'
import type { End } from '../../endpoints/ends.ts'
import { matrixEnds } from './matrix-ends.ts'

const end = (name: string, sends = true): End => ({
  endpoint: { kind: 'pod', name, address: '192.0.2.1' },
  stack: sends ? `pod/${name}` : null,
  seat: null,
  port: null,
  offers: [],
})
/** Whoever begins with a capital letter only receives. */
const inventory = {
  everybody: () => Promise.resolve([end('all-1'), end('all-2')]),
  ends: (word: string) => Promise.resolve([end(word, /^[a-z]/.test(word))]),
}
const many = Array.from({ length: 201 }, (_, i) => `pod-${i}`)

test.each([
  {
    because: 'nobody was named',
    words: { ends: [], to: [] },
    from: ['all-1', 'all-2'],
    to: ['all-1', 'all-2'],
  },
  {
    because: 'who is named sends and receives',
    words: { ends: ['a', 'b'], to: [] },
    from: ['a', 'b'],
    to: ['a', 'b'],
  },
  {
    because: 'who is named with `to` receives besides',
    words: { ends: ['a'], to: ['b'] },
    from: ['a'],
    to: ['a', 'b'],
  },
  {
    because: 'everybody sends to who is named with `to`',
    words: { ends: [], to: ['b'] },
    from: ['all-1', 'all-2'],
    to: ['all-1', 'all-2', 'b'],
  },
  {
    because: 'who is named twice is there once',
    words: { ends: ['a', 'a'], to: ['a'] },
    from: ['a'],
    to: ['a'],
  },
  {
    because: 'who has no stack has no row',
    words: { ends: ['a', 'Service'], to: [] },
    from: ['a'],
    to: ['a', 'Service'],
  },
])('$from send to $to: $because', async ({ words, from, to }) => {
  const chosen = await matrixEnds(words, inventory)
  expect(chosen.from.map(({ endpoint }) => endpoint.name)).toEqual(from)
  expect(chosen.to.map(({ endpoint }) => endpoint.name)).toEqual(to)
})

test.each([
  {
    because: 'nobody sends',
    words: { ends: ['Service'], to: [] },
    code: 'no-such-endpoint',
    says: 'nobody sends',
  },
])('$code: $because', async ({ words, code, says }) => {
  await expect(matrixEnds(words, inventory)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(says) as unknown,
  })
})

test('a host name is refused before it is said that nobody sends', async () => {
  const host: End = {
    endpoint: { kind: 'host', name: 'www.example.com', address: '' },
    stack: null,
    seat: null,
    port: null,
    offers: [],
  }
  await expect(
    matrixEnds({ ends: ['www.example.com'], to: [] }, { ...inventory, ends: () => Promise.resolve([host]) }),
  ).rejects.toThrow('www.example.com: a matrix takes what has an address')
})

test('so many ends are taken: who cannot read a row each is told classes', async () => {
  expect((await matrixEnds({ ends: many, to: [] }, inventory)).from).toHaveLength(201)
})
