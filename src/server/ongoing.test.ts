import { expect, test } from 'vitest'
import { Ongoing } from './ongoing.ts'

test('nothing going on has ended', async () => {
  await new Ongoing().ended()
})

test('ends after the last, whether it failed or not, and after what began meanwhile', async () => {
  const ongoing = new Ongoing()
  const order: string[] = []
  const begin = (name: string, turns: number, then?: () => void): Promise<void> =>
    ongoing.add(
      (async () => {
        for (let turn = 0; turn < turns; turn++) await Promise.resolve()
        order.push(name)
        then?.()
      })(),
    )
  void begin('first', 3, () => void begin('meanwhile', 20))
  const failed = ongoing.add(Promise.reject(new Error('lost')))
  await expect(failed).rejects.toThrow('lost')
  await ongoing.ended()
  expect(order).toEqual(['first', 'meanwhile'])
})
