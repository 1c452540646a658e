import { describe, expect, test } from 'vitest'
import type { Query } from './list-pages.ts'
import { allPages, listLimits, type Page } from './list-pages.ts'

/** A server that answers with so many objects in each page, and says how it goes on. */
const server =
  (items: number, next: (page: number) => string | undefined, cost = 100) =>
  (asked: Query[] = []) => {
    const ask = (query: Query): Promise<Page> => {
      asked.push(query)
      const page = asked.length
      return Promise.resolve({
        body: {
          items: Array(items).fill({}),
          metadata: { continue: next(page), resourceVersion: String(page) },
        },
        cost,
      })
    }
    return ask
  }

test('the pages of a list are asked for one after the other', async () => {
  const asked: Query[] = []
  const list = await allPages('it', server(2, (page) => (page < 3 ? `after ${page}` : undefined))(asked))
  expect(list.items).toHaveLength(6)
  expect(list.resourceVersion).toBe('3')
  expect(asked).toEqual([
    { limit: 500, continue: undefined },
    { limit: 500, continue: 'after 1' },
    { limit: 500, continue: 'after 2' },
  ])
})

describe('a list that does not end', () => {
  const endless = (page: number): string => `page ${page}`
  test.each([
    {
      because: 'its pages are empty',
      ask: server(0, endless)(),
      says: 'it has more than 1,000 pages, which is more than podpath reads',
    },
    {
      because: 'its pages are full',
      ask: server(500, endless)(),
      says: 'it has more than 200,000 objects, which is more than podpath reads',
    },
    {
      because: 'its pages are large',
      ask: server(1, endless, 100 * 1024 * 1024)(),
      says: 'it has more than 1,024 MiB as values, which is more than podpath reads',
    },
    {
      because: 'a page is followed by itself',
      ask: server(1, () => 'again')(),
      says: 'it has no end: a page says that the next one is itself',
    },
    {
      because: 'its pages come slowly',
      ask: server(1, endless)(),
      seconds: 10,
      says: 'it takes more than 300 seconds, which is longer than podpath waits',
    },
  ])('is given up when $because', async ({ ask, says, seconds = 0 }) => {
    let now = 0
    const list = allPages('it', ask, { limits: listLimits, now: () => (now += seconds * 1000) })
    await expect(list).rejects.toMatchObject({ code: 'unexpected-answer', message: says })
  })
})
