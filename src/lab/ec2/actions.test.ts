import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { actions } from './actions.ts'

test('the page of the lab’s AWS lists every action, and none that is not there', async () => {
  const page = await readFile(new URL('../../../docs/lab-aws.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1])
  expect(listed.toSorted()).toEqual([...actions.keys()].toSorted())
})
