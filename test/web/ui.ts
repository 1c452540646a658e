import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chromium, type Browser, type Page } from 'playwright-core'
import { checkout, type Surroundings } from '../lab/podpath.ts'

/** A running `podpath ui`, and the address that it printed. */
export interface ServedPage {
  readonly url: string
  readonly pid: number
  /** Scheme, host and port. */
  readonly origin: string
  /** Ctrl-C; resolves with the exit status. */
  end(): Promise<number | null>
}

/** Starts the real command with these words. */
export async function serveUi(args: readonly string[], where: Surroundings): Promise<ServedPage> {
  const child: ChildProcess = spawn(
    process.execPath,
    [`${checkout}/bin/podpath.js`, 'ui', '--no-open', ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: where.runtime,
        LANG: 'C.UTF-8',
        PODPATH_RUNTIME_DIR: where.runtime,
      },
    },
  )
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const closed = once(child, 'close')
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const line = /^(http:\S+)\n/.exec(text)?.[1]
      if (line !== undefined) resolve(line)
    })
    child.once('close', () => {
      reject(new Error(`podpath ui ended: ${said}`))
    })
  })
  return {
    url,
    pid: child.pid ?? 0,
    origin: new URL(url).origin,
    async end() {
      child.kill('SIGINT')
      const [status] = (await closed) as [number | null]
      return status
    },
  }
}

/** Debian's browser, silent about itself. */
export const chromiumArguments = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: [...chromiumArguments] })

/** A page in a profile of its own, and everything about it that must not be. */
export interface WatchedPage {
  readonly page: Page
  /** Errors on the console, exceptions, requests to anywhere but the server. */
  readonly complaints: string[]
}

export async function openPage(browser: Browser, served: ServedPage): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.text()} ${message.location().url}`)
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(`${served.origin}/`) && !request.url().startsWith('data:'))
      complaints.push(`request to ${request.url()}`)
  })
  await page.goto(served.url)
  await page.waitForSelector('main h1')
  return { page, complaints }
}
