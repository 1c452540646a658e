import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { chromium, type Page } from 'playwright-core'
import { chromiumArguments, serveUi } from '../test/web/ui.ts'
import { packageRoot, withLab } from './lab/bench-lab.ts'
import type { BenchRow } from './row.ts'
import { inWords, sampleOf } from './sample.ts'

const rounds = 9

/** Milliseconds in which the page has surely come to rest: nothing may look at it before. */
const rest = 3_000

/**
 * From `podpath ui --lab` to a page whose form names the lab's pods, in a browser that runs already, as a reader's does.
 * Nothing debugs the page before it stands: a debugger makes V8 do more for every function it reads. What the page itself
 * noted is read afterwards.
 */
export const benchFirstPage = (): Promise<readonly BenchRow[]> =>
  withLab({}, ({ record }) =>
    withChromium(async (chrome) => {
      const runtime = dirname(record.directory)
      const times: number[] = []
      const served: number[] = []
      const plain: number[] = []
      let paths: readonly string[] = []
      for (let round = 0; round < rounds; round++) {
        plain.push(await plainPage(chrome))
        const begun = Date.now()
        const server = await serveUi([`--lab=${record.name}`], { runtime })
        served.push(Date.now() - begun)
        try {
          await chrome.open(server.url)
          await sleep(rest)
          const noted = await chrome.look(server.origin, readNotes)
          times.push(Math.max(noted.readyAt, noted.paintedAt) - begun)
          paths = noted.paths
        } finally {
          await server.end()
        }
      }
      const octets = paths.reduce(
        (sum, path) => sum + gzipSync(readFileSync(join(packageRoot, 'dist/web', path))).length,
        0,
      )
      return [
        {
          name: 'web: usable',
          value: sampleOf(times).median,
          unit: 'ms',
          note: `from the start of podpath ui --lab to a form that names the lab's pods, ${inWords(sampleOf(times), 'ms')}; its address was printed after ${inWords(sampleOf(served), 'ms')}, and a page of one line takes this browser ${inWords(sampleOf(plain), 'ms')}`,
        },
        {
          name: 'web: first page',
          value: octets / 1000,
          unit: 'kB',
          note: 'all that it loads, as gzip would send it',
        },
      ]
    }),
  )

interface Notes {
  /** Milliseconds since the epoch: the first thing to read is painted. */
  readonly paintedAt: number
  /** The form can be sent. */
  readonly readyAt: number
  /** Of the page's own files. */
  readonly paths: readonly string[]
}

async function readNotes(page: Page): Promise<Notes> {
  const [paintedAt, readyAt] = await Promise.all([
    timeOf(page, 'first-contentful-paint'),
    timeOf(page, 'podpath-ready'),
  ])
  const addresses = await page.evaluate<readonly string[]>(
    "performance.getEntriesByType('resource').map((entry) => entry.name)",
  )
  const paths = addresses
    .map((address) => new URL(address).pathname)
    .filter((path) => !path.startsWith('/api/'))
  return { paintedAt, readyAt, paths: ['index.html', ...new Set(paths)] }
}

/** Milliseconds since the epoch, of what the browser or the page noted. */
async function timeOf(page: Page, name: string): Promise<number> {
  const [at] = await page.evaluate<readonly number[]>(
    `performance.getEntriesByName('${name}').map((entry) => performance.timeOrigin + entry.startTime)`,
  )
  if (at === undefined) throw new Error(`the page noted no ${name} within ${rest} ms`)
  return at
}

/** Milliseconds until the browser shows a page of one line: what no page can be quicker than. */
async function plainPage(chrome: Chrome): Promise<number> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>plain</title><p>one line')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const begun = Date.now()
    await chrome.open(`${origin}/`)
    await sleep(rest / 2)
    return (await chrome.look(origin, (page) => timeOf(page, 'first-contentful-paint'))) - begun
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

interface Chrome {
  /** In a tab of its own, which nothing looks into. */
  open(url: string): Promise<void>
  /** Looks into the tab of this origin, and closes it. */
  look<T>(origin: string, look: (page: Page) => Promise<T>): Promise<T>
}

async function withChromium<T>(use: (chrome: Chrome) => Promise<T>): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), 'podpath-chromium-'))
  const child = spawn(
    '/usr/bin/chromium',
    [
      '--headless',
      ...chromiumArguments,
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: 'ignore' },
  )
  try {
    const door = `http://127.0.0.1:${await debuggingPort(profile, child)}`
    // It still reads its own pages for a while.
    await sleep(rest)
    return await use({
      async open(url) {
        const opened = await fetch(`${door}/json/new?${encodeURIComponent(url)}`, { method: 'PUT' })
        if (!opened.ok) throw new Error(`chromium opened no tab: ${opened.status}`)
      },
      async look(origin, look) {
        const browser = await chromium.connectOverCDP(door)
        try {
          const page = browser
            .contexts()
            .flatMap((context) => context.pages())
            .find((one) => one.url().startsWith(origin))
          if (!page) throw new Error(`chromium has no tab of ${origin}`)
          const result = await look(page)
          await page.close()
          return result
        } finally {
          await browser.close()
        }
      },
    })
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill()
      await once(child, 'exit')
    }
    // Its children write on for a moment.
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

/** Chromium writes it into its profile once it listens. */
async function debuggingPort(profile: string, child: ChildProcess): Promise<number> {
  for (let i = 0; i < 300 && child.exitCode === null; i++) {
    try {
      const port = Number(readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0])
      if (port > 0) return port
    } catch {
      // Not yet.
    }
    await sleep(100)
  }
  throw new Error('chromium did not start')
}
