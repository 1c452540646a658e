import { describe, expect, test } from 'vitest'
import { runPodpath } from '../program.ts'

async function run(words: readonly string[]): Promise<{ readonly status: number; readonly text: string }> {
  let text = ''
  const write = (more: string): void => {
    text += more
  }
  const status = await runPodpath(
    words,
    {
      out: write,
      outPatiently: () => Promise.resolve(),
      err: write,
      environment: {},
      width: 80,
      watchedWidth: 80,
      colour: 0,
      terminal: false,
      watched: false,
      home: '/nowhere',
    },
    { signal: new AbortController().signal, nothingToClear: (body) => body() },
    '1.2.3',
  )
  return { status, text }
}

async function helpOf(words: readonly string[]): Promise<string> {
  const { status, text } = await run([...words, '--help'])
  expect(status).toBe(0)
  return text
}

/** Every command, as its parents' help lists them. */
async function commandsBelow(words: readonly string[]): Promise<readonly (readonly string[])[]> {
  const names = [...(await helpOf(words)).matchAll(/^ {2}([a-z]+) (?:\[|<| )/gm)].flatMap(
    ([, name]) => name ?? [],
  )
  const listed = (await helpOf(words)).includes('\nCommands:') ? names.filter((name) => name !== 'help') : []
  const below = await Promise.all(listed.map((name) => commandsBelow([...words, name])))
  return [words, ...below.flat()]
}

const commands = await commandsBelow([])

test('the commands are found', () => {
  expect(commands.map((words) => words.join(' '))).toEqual(
    expect.arrayContaining(['verify', 'trace', 'lab up', 'lab break', 'rbac']),
  )
})

describe.each(commands.map((words) => ({ name: ['podpath', ...words].join(' '), words })))(
  '$name',
  ({ words }) => {
    test('shows how it is typed', async () => {
      expect(await helpOf(words)).toMatch(/\nExamples:\n( {2}.*podpath .*\n)+/)
    })

    test('tells its own options before those that many commands share', async () => {
      const headings = [...(await helpOf(words)).matchAll(/^(\S[^\n]*:)$/gm)].flatMap(([, one]) => one ?? [])
      const own = headings.indexOf('Options:')
      for (const shared of ['Which cluster:', 'The result:', 'How its nodes are reached:', 'By ssh:'])
        if (headings.includes(shared)) expect(headings.indexOf(shared)).toBeGreaterThan(own)
    })

    test('fits a terminal of 80 columns, but for a command that is longer', async () => {
      const wide = (await helpOf(words)).split('\n').filter((line) => line.length > 80)
      expect(wide.filter((line) => !/^ {2}podpath \S+( \S+)*$/.test(line))).toEqual([])
    })

    test('tells a default once', async () => {
      expect(await helpOf(words)).not.toMatch(/\(default:[^)]*\)\s+\(default:/)
    })

    test('tells defaults as one would type them', async () => {
      expect(await helpOf(words)).not.toMatch(/default:\s+["[]/)
    })
  },
)

describe('asked for by a word', () => {
  test.each([
    { typed: 'help', status: 0, says: /^Usage: podpath \[/ },
    { typed: 'help lab up', status: 0, says: /^Usage: podpath lab up / },
    { typed: 'lab help up', status: 0, says: /^Usage: podpath lab up / },
    { typed: 'help nonsense', status: 2, says: /^podpath: unknown command 'nonsense'$/m },
    { typed: 'nonsense --help', status: 2, says: /^podpath: unknown command 'nonsense'$/m },
    { typed: 'lab help nonsense', status: 2, says: /^podpath: unknown command 'nonsense'$/m },
    { typed: 'lab nonsense --help', status: 2, says: /^podpath: unknown command 'nonsense'$/m },
    { typed: 'lab', status: 2, says: /^Usage: podpath lab \[/ },
  ])('podpath $typed', async ({ typed, status, says }) => {
    const said = await run(typed.split(' '))
    expect(said.text).toMatch(says)
    expect(said.status).toBe(status)
  })
})
