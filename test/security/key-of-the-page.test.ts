import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { kubeconfigFor } from '../cluster/faulty-api.ts'
import { runtimeDirectory } from '../lab/lab.ts'
import { startPodpath, type Started } from '../lab/podpath.ts'
import { chromiumArguments } from '../web/ui.ts'
import { hostileServer, type HostileServer } from './hostile-server.ts'

/** The key that opens `podpath ui` is seen by nobody but its user: in no process's words, in no file that others read. */

const isRoot = process.getuid?.() === 0
const base = runtimeDirectory()
const runtime = join(base, 'runtime')
const bin = join(base, 'bin')
let cluster: HostileServer
beforeAll(async () => {
  mkdirSync(bin)
  cluster = await hostileServer((_request, response) => response.writeHead(403).end())
  writeFileSync(join(base, 'kubeconfig'), kubeconfigFor(cluster.origin))
})
afterAll(async () => {
  await cluster?.stop()
  rmSync(base, { recursive: true, force: true })
})

let started: Started
beforeEach(() => {
  for (const name of ['argv', 'pid']) rmSync(join(base, name), { force: true })
})
afterEach(async () => {
  if (existsSync(join(base, 'pid'))) process.kill(Number(readFileSync(join(base, 'pid'), 'utf8')), 'SIGTERM')
  // A browser is many processes, and writes down what it knows while it ends.
  await expect.poll(() => inWords(`${base}/profile`), { timeout: 30_000 }).toEqual([])
  started.child.kill('SIGINT')
  await started.ended
})

/** The page as its user opens it, with an xdg-open that writes down its words and then does this. */
async function served(
  then = 'exec tail -f /dev/null "$1"',
): Promise<{ readonly url: URL; readonly words: string[] }> {
  writeFileSync(
    join(bin, 'xdg-open'),
    `#!/bin/sh\necho $$ >'${base}/pid'\nprintf '%s\\n' "$@" >'${base}/argv.new'\nmv '${base}/argv.new' '${base}/argv'\n${then}\n`,
    { mode: 0o755 },
  )
  started = startPodpath(['ui', '--kubeconfig', join(base, 'kubeconfig')], {
    runtime,
    environment: { DISPLAY: ':99', PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: base },
  })
  let printed = ''
  started.child.stdout?.on('data', (chunk: string) => (printed += chunk))
  await expect
    .poll(() => printed.endsWith('\n') && existsSync(join(base, 'argv')), { timeout: 30_000 })
    .toBe(true)
  return { url: new URL(printed.trim()), words: readFileSync(join(base, 'argv'), 'utf8').trim().split('\n') }
}

const keyOf = (url: URL): string => url.searchParams.get('token') ?? 'no key'

/** The processes in whose words a text stands, as `ps` shows them to everybody. */
const inWords = (text: string): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return words.includes(text) ? [words] : []
      } catch {
        return []
      }
    })

test('the browser is given a file, which is for its user alone and sends it on', async () => {
  const { url, words } = await served()
  expect(words).toEqual([`file://${runtime}/open-${url.port}.html`])
  expect(inWords(words[0] ?? '')).not.toEqual([])
  expect(inWords(keyOf(url))).toEqual([])
  const file = fileURLToPath(words[0] ?? '')
  const { mode, uid } = statSync(file)
  expect([mode & 0o777, uid]).toEqual([0o600, process.getuid?.()])
  const page = readFileSync(file, 'utf8')
  expect(page).toContain(`<meta http-equiv="refresh" content="0;url=${url.href}">`)
  expect(page).toContain('<meta name="referrer" content="no-referrer">')
})

test('nobody else reads it, even where everybody reaches its directory', async ({ skip }) => {
  if (!isRoot) skip('only root becomes somebody else')
  const { words } = await served()
  const file = fileURLToPath(words[0] ?? '')
  const asNobody = (...argv: readonly string[]) =>
    spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...argv], { encoding: 'utf8' })
  for (const argv of [
    ['cat', file],
    ['ls', runtime],
  ])
    expect(asNobody(...argv)).toMatchObject({
      status: expect.not.stringMatching(/^0$/) as number,
      stdout: '',
    })
  // The mode of the file alone would do.
  spawnSync('chmod', ['a+rx', base, runtime])
  expect(asNobody('cat', file)).toMatchObject({
    stdout: '',
    stderr: expect.stringContaining('denied') as string,
  })
  spawnSync('chmod', ['0700', base, runtime])
})

test('is taken away when the page was opened, and its key then opens nothing', async () => {
  const { url, words } = await served()
  const file = fileURLToPath(words[0] ?? '')
  expect(existsSync(file)).toBe(true)
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(200)
  await expect.poll(() => existsSync(file)).toBe(false)
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(403)
})

test('is taken away when podpath ends before', async () => {
  const { words } = await served()
  const file = fileURLToPath(words[0] ?? '')
  started.child.kill('SIGINT')
  await started.ended
  expect(existsSync(file)).toBe(false)
})

test('where there is no place for it the browser is not opened, and the address is printed', async () => {
  writeFileSync(join(base, 'in-the-way'), '')
  started = startPodpath(['ui', '--kubeconfig', join(base, 'kubeconfig')], {
    runtime: join(base, 'in-the-way'),
    environment: { DISPLAY: ':99', PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: base },
  })
  await started.said(/^podpath: the browser is not opened: .*; open the printed address$/m)
  expect(existsSync(join(base, 'argv'))).toBe(false)
})

test('a real browser comes to the page by it, and shows its key in none of its processes', async () => {
  const browser = ['chromium', '--headless', ...chromiumArguments, `--user-data-dir=${base}/profile`]
  const { url } = await served(
    `exec ${browser.join(' ')} --remote-debugging-port=0 "$1" >'${base}/browser' 2>&1 </dev/null`,
  )
  await expect.poll(() => existsSync(join(runtime, `open-${url.port}.html`)), { timeout: 60_000 }).toBe(false)
  const debugging = (): string =>
    /ws:\/\/(127\.0\.0\.1:\d+)/.exec(readFileSync(join(base, 'browser'), 'utf8'))?.[1] ?? ''
  const pages = async (): Promise<readonly string[]> => {
    const list = (await (await fetch(`http://${debugging()}/json/list`)).json()) as {
      url: string
      title: string
    }[]
    return list.map((one) => `${one.title}: ${one.url}`)
  }
  await expect.poll(pages, { timeout: 60_000 }).toContainEqual(expect.stringContaining(`: ${url.origin}/`))
  expect(inWords(`open-${url.port}.html`)).not.toEqual([])
  expect(inWords(keyOf(url))).toEqual([])
})
