import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { carryAll } from './carry.ts'

/** Takes one piece after another, each in its time. */
function slow(taken: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      setTimeout(() => {
        taken.push(chunk.toString('utf8'))
        done()
      }, 20)
    },
  })
}

test('all that a program said has been taken, also the little that it said last', async () => {
  const taken: string[] = []
  const from = new PassThrough()
  const carried = carryAll(from, slow(taken))
  for (const word of ['one', 'two', 'three']) from.write(word)
  from.end()
  await carried
  expect(taken.join(' ')).toBe('one two three')
})

test('nobody is waited for who has gone', async () => {
  const from = new PassThrough()
  const to = slow([])
  const carried = carryAll(from, to)
  from.write('one')
  to.destroy()
  from.end()
  await carried
})
