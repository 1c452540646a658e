import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kubeconfigFor } from '../cluster/faulty-api.ts'
import { runtimeDirectory } from '../lab/lab.ts'
import { checkout, podpath } from '../lab/podpath.ts'
import { foreignIn, hostileStrings } from './foreign.ts'

/** Whatever is in a bundle, a kubeconfig or a server's answer: a terminal hears text and podpath's own colours alone. */

const hostile = hostileStrings.join('')
/** What a program can be given as a word. */
const hostileWord = hostile.replaceAll('\u0000', '')

const runtime = runtimeDirectory()
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

const fixture = (name: string): string => readFileSync(join(checkout, 'src/linux/fixtures', name), 'utf8')
const sound: Readonly<Record<string, string>> = {
  'bundle.json': '{"version": 1, "stacks": [{"id": "node/a", "dir": "stacks/a"}]}',
  ...Object.fromEntries(
    [
      ...['link.json', 'addr.json', 'route.json', 'rule.json', 'neigh.json', 'nft.json'],
      ...['iptables-save.txt', 'ipset-save.txt', 'conntrack.txt', 'sysctl.txt'],
    ].map((name) => [`stacks/a/${name}`, fixture(name)]),
  ),
  'ec2/vpcs.json': '{"Vpcs": []}',
  'ec2/network-interfaces.json': '{"NetworkInterfaces": []}',
  'kubernetes/pods.json': '{"items": []}',
  'kubernetes/services.json': '{"items": []}',
}

function bundleWith(files: Readonly<Record<string, string>>): string {
  const at = join(runtime, 'bundle')
  rmSync(at, { recursive: true, force: true })
  for (const folder of ['stacks/a', 'ec2', 'kubernetes']) mkdirSync(join(at, folder), { recursive: true })
  for (const [name, text] of Object.entries({ ...sound, ...files })) writeFileSync(join(at, name), text)
  return at
}

/** What V8 quotes in its own messages, each in another way. */
const spoiled = [
  '\u001b]0;X\u0007',
  '[]\n\u001b]0;X\u0007\u009b2J',
  '[{"ifname": \u001b]0;X\u0007\u202e}]',
] as const

const explain = (at: string): readonly string[] => [
  ...['explain', '--bundle', at],
  ...['--from', 'node/a', '--to', '10.0.0.1'],
]

test.each(Object.keys(sound).map((name, i) => ({ name, text: spoiled[i % spoiled.length] ?? '' })))(
  'a bundle whose $name is $text',
  async ({ name, text }) => {
    const ended = await podpath(explain(bundleWith({ [name]: text })), { runtime })
    expect(foreignIn(ended.stdout + ended.stderr)).toBeNull()
  },
)

test('a flow that is no flow is answered in JSON that is harmless', async () => {
  const flows = join(runtime, 'flows')
  writeFileSync(
    flows,
    hostileStrings.map((one) => `{"from": ${JSON.stringify(one)}} ${one}\n${one}\n`).join(''),
  )
  const at = bundleWith({})
  const ended = await podpath(['explain', '--bundle', at, '--flows', flows], { runtime })
  expect(foreignIn(ended.stdout + ended.stderr)).toBeNull()
  for (const line of ended.stdout.trim().split('\n')) JSON.parse(line)
})

describe('a server of which every word is hostile', () => {
  let answer: (url: string) => { readonly status: number; readonly body: string } = () => ({
    status: 200,
    body: '{}',
  })
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? '')
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(body)
  })
  let kubeconfig = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    kubeconfig = join(runtime, 'kubeconfig')
    writeFileSync(kubeconfig, kubeconfigFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
  afterAll(() => server.close())

  test.each([
    { because: 'no JSON', status: 200, body: hostile },
    {
      because: 'JSON of another kind',
      status: 200,
      body: JSON.stringify({ items: [hostile, { [hostile]: hostile }] }),
    },
    {
      because: 'a refusal',
      status: 403,
      body: JSON.stringify({ kind: 'Status', message: hostile, reason: hostile, details: { name: hostile } }),
    },
    { because: 'a failure', status: 500, body: hostile },
  ])('$because', async ({ status, body }) => {
    answer = () => ({ status, body })
    for (const words of [['cleanup'], ['explain', 'web-1', '10.0.0.1']]) {
      const ended = await podpath([...words, '--kubeconfig', kubeconfig], { runtime })
      expect(foreignIn(ended.stdout + ended.stderr)).toBeNull()
      expect(ended.stderr.split('\n').filter((line) => line === 'podpath: all is well')).toEqual([])
    }
  })

  test('names of things that would be removed', async () => {
    answer = () => ({
      status: 200,
      body: JSON.stringify({
        items: hostileStrings.map((one) => ({ metadata: { name: one, namespace: one } })),
      }),
    })
    const ended = await podpath(['cleanup', '--dry-run', '--kubeconfig', kubeconfig], { runtime })
    expect(ended.stdout).toMatch(/MARK/)
    expect(foreignIn(ended.stdout + ended.stderr)).toBeNull()
  })
})

test.each([
  { because: 'the file', text: hostile },
  { because: 'JSON that is none', text: `{"contexts": ${hostile}` },
  { because: 'the server', text: kubeconfigFor(`https://${hostile}/`) },
  {
    because: 'every name',
    text: kubeconfigFor('https://127.0.0.1:9').replaceAll('faulty', JSON.stringify(hostile).slice(1, -1)),
  },
  {
    because: 'a credential program',
    text: kubeconfigFor(
      'https://127.0.0.1:9',
      {},
      { exec: { command: hostileWord, args: [hostileWord], installHint: hostile } },
    ),
  },
  {
    because: 'the names of files',
    text: kubeconfigFor('https://127.0.0.1:9', {}, { tokenFile: hostile, 'client-certificate': hostile }),
  },
])('a kubeconfig in which $because is hostile', async ({ text }) => {
  const file = join(runtime, 'hostile')
  writeFileSync(file, text)
  const ended = await podpath(['cleanup', '--kubeconfig', file], { runtime })
  expect(ended.status).toBeGreaterThan(0)
  expect(foreignIn(ended.stdout + ended.stderr)).toBeNull()
})

test.each([
  { because: 'a command', words: [hostileWord] },
  { because: 'ends', words: ['explain', hostileWord, hostileWord] },
  { because: 'a bundle', words: ['explain', '--bundle', hostileWord, '--from', 'a', '--to', 'b'] },
  { because: 'a lab', words: ['lab', 'status', '--name', hostileWord] },
  { because: 'a choice', words: ['trace', 'a', 'b', '--protocol', hostileWord] },
  { because: 'a context', words: ['cleanup', '--kubeconfig', '/dev/null', '--context', hostileWord] },
])('words of the command line: $because', async ({ words }) => {
  const ended = await podpath(words, { runtime })
  expect(ended.status).toBeGreaterThan(0)
  expect(foreignIn(ended.stdout + ended.stderr)).toBeNull()
})

test('a terminal hears colours, and nothing else', () => {
  const save = fixture('iptables-save.txt').replaceAll(
    '--comment "',
    '--comment "\u001b]0;X\u0007\u001b[8m\u009b7m',
  )
  const at = bundleWith({ 'stacks/a/iptables-save.txt': save })
  const command = [process.execPath, join(checkout, 'bin/podpath.js'), ...explain(at)]
  const said = execFileSync(
    'script',
    ['-qec', command.map((word) => `'${word}'`).join(' ') + '; true', '/dev/null'],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: runtime, LANG: 'C.UTF-8', TERM: 'xterm-256color' },
    },
  )
  expect(said).toContain('\u001b[1m')
  expect(foreignIn(said.replaceAll('\r\n', '\n'))).toBeNull()
})
