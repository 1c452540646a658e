import { expect, test } from 'vitest'
import { checkoutText } from './checkout.ts'
import { pageCommands } from './readme-commands.ts'
import { staleExpectations } from './readme-steps.ts'

test.each([
  {
    page: '## Start\n\n```sh\nnpm run demo    # starts a lab\nnpm test\n```\n',
    commands: ['npm run demo', 'npm test'],
    because: 'a line of a block is a command, without its remark',
  },
  {
    page: '```\n11:32:22 not a command\n```\n',
    commands: [],
    because: 'a block without a language is what a command printed',
  },
  {
    page: 'In a sentence (`podpath verify --lab\n--json`), `podpath` and `--json`.\n',
    commands: ['podpath verify --lab --json'],
    because: 'a command in a sentence may be broken over two lines; a name alone is none',
  },
  {
    page: "```sh\n# a remark\n\necho '#' '# x'\n```\n",
    commands: ["echo '#' '# x'"],
    because: 'a hash inside a word is no remark',
  },
])('$because', ({ page, commands }) => {
  expect(pageCommands(page).map(({ command }) => command)).toEqual(commands)
})

test('each command knows the heading above it', () => {
  const page = '# A\n\n`podpath one x`\n\n## B\n\n```sh\npodpath two\n```\n\nAnd `podpath three y`.\n'
  expect(pageCommands(page)).toEqual([
    { section: 'A', command: 'podpath one x' },
    { section: 'B', command: 'podpath two' },
    { section: 'B', command: 'podpath three y' },
  ])
})

test('what is expected of README.md’s commands is expected of commands that it has', () => {
  expect(staleExpectations(pageCommands(checkoutText('README.md')))).toEqual([])
})
