import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { writeBundle } from '../src/bundle/write.ts'
import type { RunResult } from '../src/model/result/result.ts'
import { openBrowser, openPage, serveUi, type ServedPage } from '../test/web/ui.ts'
import { benchFirstPage } from './first-page.ts'
import { manyNodes } from './lab/many-nodes.ts'
import type { BenchRow } from './row.ts'
import { syntheticCapture } from './synthetic-capture.ts'

const nodes = 300
const podsOfNode = 10
const packets = 1_000_000

/** The web page in Debian's chromium, of the built program: run `npm run build` first. */
export async function benchWeb(): Promise<readonly BenchRow[]> {
  const browser = await openBrowser()
  try {
    return [...(await benchFirstPage()), ...(await largeCluster(browser)), ...(await largeCapture(browser))]
  } finally {
    await browser.close()
  }
}

/** The page Cluster of a recorded snapshot with 300 nodes: panned from top to bottom, a step a frame. */
const largeCluster = (browser: Browser): Promise<readonly BenchRow[]> =>
  inDirectory(async (directory) => {
    const bundle = join(directory, 'bundle')
    await writeBundle(manyNodes(nodes, podsOfNode), bundle)
    return withPage(browser, ['--bundle', bundle], directory, async (page, served) => {
      const begun = performance.now()
      await page.goto(`${served.origin}/#/cluster`)
      await page.waitForSelector('.small-node')
      const stands = performance.now() - begun
      const panned = await pan(page, 'document.scrollingElement', 60)
      const what = `${nodes} nodes, ${nodes * podsOfNode} pods`
      return [
        { name: 'web: large cluster stands', value: stands, unit: 'ms', note: what },
        ...panRows('web: large cluster', panned, what),
        {
          name: 'web: server, large cluster',
          value: memoryOf(served.pid),
          unit: 'MB',
          note: `resident at most, ${what}`,
        },
      ]
    })
  })

/** A kept run with a million packets: its table, scrolled from the first to the last. */
const largeCapture = (browser: Browser): Promise<readonly BenchRow[]> =>
  inDirectory(async (directory) => {
    const bundle = join(directory, 'bundle')
    await writeBundle(manyNodes(1, 1), bundle)
    const id = '2026-01-01T000000.000Z'
    const kept = join(directory, '.local/share/podpath/runs', id)
    mkdirSync(kept, { recursive: true })
    writeFileSync(join(kept, 'capture.pcapng'), syntheticCapture(packets))
    writeFileSync(join(kept, 'result.json'), JSON.stringify(emptyRun))
    return withPage(browser, ['--bundle', bundle], directory, async (page, served) => {
      const begun = performance.now()
      await page.goto(`${served.origin}/#/runs/${id}`)
      await page.locator('.virtual .packet-row span', { hasText: '1' }).first().waitFor()
      const stands = performance.now() - begun
      const panned = await pan(page, "document.querySelector('.virtual')", 20_000)
      const what = `${packets} packets`
      return [
        {
          name: 'web: packet table stands',
          value: stands,
          unit: 'ms',
          note: `${what}, from the server to the first rows`,
        },
        ...panRows('web: packet table', panned, what),
        {
          name: 'web: server, large capture',
          value: memoryOf(served.pid),
          unit: 'MB',
          note: `resident at most, ${what}`,
        },
      ]
    })
  })

interface Panned {
  readonly frames: number
  readonly medianMs: number
  readonly p95Ms: number
  readonly longTasks: number
  readonly longestMs: number
}

/** In the page: scrolls an element to its end, so many pixels a frame, and notes each frame and each task above 50 ms. */
const pan = (page: Page, element: string, step: number): Promise<Panned> =>
  page.evaluate(`(async () => {
    const element = ${element}
    const tasks = []
    new PerformanceObserver((list) => { for (const one of list.getEntries()) tasks.push(one.duration) }).observe({ type: 'longtask' })
    const frames = []
    const bottom = element.scrollHeight - element.clientHeight
    await new Promise(requestAnimationFrame)
    let last = performance.now()
    for (let y = 0; y < bottom && frames.length < 600; y += ${step}) {
      element.scrollTop = y
      await new Promise(requestAnimationFrame)
      const now = performance.now()
      frames.push(now - last)
      last = now
    }
    frames.sort((a, b) => a - b)
    await new Promise((resolve) => setTimeout(resolve, 100))
    return { frames: frames.length, medianMs: frames[frames.length >> 1], p95Ms: frames[Math.floor(frames.length * 0.95)], longTasks: tasks.length, longestMs: Math.max(0, ...tasks) }
  })()`)

const panRows = (
  name: string,
  { frames, medianMs, p95Ms, longTasks, longestMs }: Panned,
  what: string,
): BenchRow[] => [
  {
    name: `${name} pans`,
    value: 1000 / medianMs,
    unit: 'frames/s',
    note: `${what}, ${frames} frames: 95 % within ${p95Ms.toFixed(1)} ms`,
  },
  {
    name: `${name}, longest task`,
    value: longestMs,
    unit: 'ms',
    note: longTasks === 0 ? 'no task reached 50 ms' : `${longTasks} tasks above 50 ms`,
  },
]

/** Megabytes that a process had resident at most (proc(5), VmHWM). */
function memoryOf(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return (Number(kilobytes) * 1024) / 1e6
}

async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'podpath-bench-'))
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function withPage<T>(
  browser: Browser,
  words: readonly string[],
  runtime: string,
  use: (page: Page, served: ServedPage) => Promise<T>,
): Promise<T> {
  const served = await serveUi(words, { runtime })
  try {
    const { page } = await openPage(browser, served)
    const result = await use(page, served)
    await page.context().close()
    return result
  } finally {
    await served.end()
  }
}

/** A run of which only the capture is of interest. */
const emptyRun: RunResult = {
  version: 1,
  source: { kind: 'bundle', name: 'generated' },
  verdict: 'unknown',
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 0,
  traces: [],
  experiments: [],
  findings: [],
  gaps: [],
}
