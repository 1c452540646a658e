import { expect, test } from 'vitest'
import { localRunner } from './local.ts'
import { wordsByInput } from './words-by-input.ts'
import type { Argv } from './runner.ts'

const through = async (argv: Argv, input: string | null): Promise<string> => {
  const { argv: words, head } = wordsByInput(argv, input !== null)
  const said = await localRunner().run(words, {
    input: Buffer.concat([head, Buffer.from(input ?? 'not its own')]),
  })
  return said.stdout
}

test.each<[because: string, argv: Argv, input: string | null, said: string]>([
  [
    'words arrive as they are',
    ['printf', '%s|', 'a b', "it's", '$HOME', '`id`', '', 'ä\n'],
    null,
    "a b|it's|$HOME|`id`||ä\n|",
  ],
  ['what stands behind the words is its input, whole', ['cat'], 'one\ntwo', 'one\ntwo'],
  ['without input it reads nothing', ['cat'], null, ''],
  ['a script with lines', ['sh', '-c', 'echo 1\necho "$1"\n', 'x', 'y'], null, '1\ny\n'],
])('%s', async (_because, argv, input, said) => {
  expect(await through(argv, input)).toBe(said)
})

test('thousands of words, of which no URL has room', async () => {
  const many = Array.from({ length: 5_000 }, (_, i) => `192.168.${i >> 8}.${i & 255}`)
  expect(await through(['printf', '%s\n', ...many], null)).toBe(many.join('\n') + '\n')
})

test('its exit status is the command’s own', async () => {
  const { argv, head } = wordsByInput(['sh', '-c', 'exit 7'], false)
  expect(await localRunner().run(argv, { input: head })).toMatchObject({ exit: 7, stderr: '' })
})
