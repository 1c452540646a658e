import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runPodpath } from '../../src/cli/program.ts'
import { catalogue } from '../../src/i18n/catalogues.ts'
import { generatedDocs } from '../../tools/generated-docs.ts'

/** What the pages say is so: their links lead somewhere, their commands parse, their tables are the code's. */

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const below = (directory: string): readonly string[] =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' }).map((name) =>
    join(directory, name),
  )
const pages = [
  ...['README.md', 'README.ko.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...below('docs').filter((path) => path.endsWith('.md')),
]

describe.each(pages)('%s', (page) => {
  test('links only to files that exist', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      ([, target]) => target ?? '',
    )
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
  })

  test('shows only commands and options that podpath has', async () => {
    const unknown: string[] = []
    for (const line of commandsOf(read(page))) unknown.push(...(await unknownWords(line)))
    expect(unknown).toEqual([])
  })
})

test.each([
  ['README.md', 'README.ko.md'],
  ['docs/lab.md', 'docs/ko/lab.md'],
  ['docs/statements.md', 'docs/ko/statements.md'],
  ['docs/tutorial.md', 'docs/ko/tutorial.md'],
])('%s and %s say the same in the same order', (english, korean) => {
  const shape = (page: string) => {
    const text = read(page)
    return {
      headings: [...text.matchAll(/^#+/gm)].map(([marks]) => marks),
      tableRows: [...text.matchAll(/^\|.*$/gm)].length,
      commands: [
        ...text.matchAll(
          /^(?:npx podpath|podpath|npm) (?:lab|run|test|verify|trace|explain|snapshot|cleanup)\b[^#\n]*/gm,
        ),
      ].map(([line]) => line.trim()),
    }
  }
  expect(shape(korean)).toEqual(shape(english))
})

test.each(['docs/tutorial.md', 'docs/ko/tutorial.md'])(
  '%s leads to every statement, in its order',
  (page) => {
    const rows = [...read(page).matchAll(/^\|.*\|$/gm)].map(([row]) => row)
    const named = rows.flatMap((row) =>
      [...row.matchAll(/`((?:pod-to|public)-[\w.-]+)`/g)].map(([, id]) => id),
    )
    expect(named).toEqual(Object.keys(catalogue('en').statements))
  },
)

test('every Korean page has its English one', () => {
  const english = below('docs/ko').map((path) => normalize(path.replace('docs/ko/', 'docs/')))
  expect(english.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('the quick start has exactly two commands, and package.json has them', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const [page, heading] of [
    ['README.md', '## Quick start'],
    ['README.ko.md', '## 빠른 시작'],
  ] as const) {
    const section = read(page).split(heading)[1]?.split('\n## ')[0] ?? ''
    const shown = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
      (block ?? '').trim().split('\n'),
    )
    expect(shown.map((line) => line.replace(/\s*#.*/, ''))).toEqual(['npm run demo', 'npm test'])
  }
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test']))
})

test('every script of npm that a page names is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name ?? ''),
  )
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
})

test('the pages written from the code are what the code says (npx tsx tools/write-docs.ts)', async () => {
  for (const [path, text] of await generatedDocs()) expect(read(path), path).toBe(text)
})

/** Every `podpath …` in a code block or in inline code. */
function commandsOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```.*\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? '')
  const prose = text.replace(/^```.*\n[\s\S]*?^```/gm, '')
  const indented = [...prose.matchAll(/^ {4}(.*)$/gm)].map(([, line]) => line ?? '')
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => (code ?? '').replaceAll('\n', ' '))
  return [...blocks, ...indented, ...inline]
    .flatMap((code) => [...code.matchAll(/(?:^|npx |\$\()podpath ([^\n#|)]*)/gm)])
    .map(([, words]) => (words ?? '').trim())
    .filter((words) => /^[a-z-]/.test(words))
}

/** The words of a command line that the program does not know: a command, or an option of the command. */
async function unknownWords(line: string): Promise<readonly string[]> {
  // What stands behind `--`, or in quotes, is another program's.
  const words =
    line
      .replace(/"[^"]*"/g, '…')
      .split(/\s+--(?:\s|$)/)[0]
      ?.split(/\s+/) ?? []
  let help = await helpOf([])
  const path: string[] = []
  for (const word of words) {
    const next = new RegExp(`^  ${word}(?: |$)`, 'm')
    if (!/^[a-z]+$/.test(word) || !next.test(help.split('\nCommands:')[1] ?? '')) break
    path.push(word)
    help = await helpOf(path)
  }
  if (path.length === 0 && words[0]?.startsWith('-') !== true) return [line]
  const options = words.flatMap((word) => /^--[a-z][a-z-]*/.exec(word) ?? [])
  return options
    .filter((option) => option !== '--lang' && !help.includes(`${option} `))
    .map((option) => `${line}: ${option}`)
}

const helps = new Map<string, Promise<string>>()
function helpOf(path: readonly string[]): Promise<string> {
  const key = path.join(' ')
  const known = helps.get(key) ?? askHelp(path)
  helps.set(key, known)
  return known
}

async function askHelp(path: readonly string[]): Promise<string> {
  let out = ''
  await runPodpath(
    [...path, '--help'],
    {
      out: (text) => (out += text),
      err: () => undefined,
      environment: {},
      width: 100,
      watchedWidth: 100,
      colour: 0,
      outPatiently: () => Promise.resolve(),
      terminal: false,
      watched: false,
      home: undefined,
    },
    { signal: new AbortController().signal, nothingToClear: (body) => body() },
    '0.0.0',
  )
  return out
}

test('the folders that docs/architecture.md names are there, and every room is named', () => {
  const page = read('docs/architecture.md')
  const named = [...page.matchAll(/^\| `([\w-]+)\/` +\|/gm)].map(([, name]) => name ?? '')
  const folders = [...below('src'), ...below('web')]
    .filter((path) => statSync(join(root, path)).isDirectory())
    .map((path) => basename(path))
  expect(named.filter((name) => name !== 'web' && !folders.includes(name))).toEqual([])
  const rooms = readdirSync(join(root, 'src'))
  expect(rooms.filter((room) => !named.includes(room))).toEqual([])
})
