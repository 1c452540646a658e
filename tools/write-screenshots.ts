/**
 * Takes the pictures of the web page for docs/web.md: `tsx tools/write-screenshots.ts [DIRECTORY]`. Every page of
 * `podpath ui --lab`, in Debian's chromium, with what a lab shows. Needs a built podpath.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { openBrowser, openPage, serveUi } from '../test/web/ui.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const directory = resolve(process.argv[2] ?? join(root, 'docs/figures'))
/** Milliseconds; a lab is started, and traces run, on a machine that may be busy. */
const patience = 180_000

mkdirSync(directory, { recursive: true })
const runtime = mkdtempSync(join(tmpdir(), 'podpath-screenshots-'))
try {
  const served = await serveUi(['--lab=screenshots'], { runtime })
  try {
    const browser = await openBrowser()
    try {
      const { page } = await openPage(browser, served)
      page.setDefaultTimeout(patience)
      await takeAll(page, served.origin)
    } finally {
      await browser.close()
    }
  } finally {
    await served.end()
  }
} finally {
  rmSync(runtime, { recursive: true, force: true })
}

async function takeAll(page: Page, origin: string): Promise<void> {
  const open = async (name: string): Promise<void> => {
    await page.goto(`${origin}/#/${name}`)
  }
  const take = async (name: string, height: number): Promise<void> => {
    await page.setViewportSize({ width: 1280, height })
    await page.evaluate('document.activeElement?.blur()')
    await page.mouse.move(0, 0)
    const path = join(directory, `page-${name}.png`)
    await page.screenshot({ path })
    process.stderr.write(`${path}\n`)
  }

  await open('cluster')
  await page.locator('.eni .slot.primary').first().waitFor()
  await take('cluster', 780)

  await open('tables')
  await page.locator('.line-row').first().waitFor()
  await page.getByRole('button', { name: 'Light up' }).click()
  await page.locator('.way-steps button', { hasText: '-j SNAT' }).click()
  await page.locator('.why strong').waitFor()
  await take('tables', 900)

  await open('lab')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.locator('tr[data-pod="default/test-1"]').getByText('Running').waitFor()
  await page.getByRole('button', { name: 'Delete pod default/test-1' }).click()
  await page.locator('tr[data-pod="default/test-1"]').waitFor({ state: 'detached' })
  await take('lab', 900)

  await page.getByRole('link', { name: 'Send and watch' }).click()
  await page.locator('.play').waitFor()
  await page.locator('.packet-row:not(.head)').first().waitFor()
  await page.locator('.steps button').nth(1).click()
  await page.evaluate('scrollTo(0, 0)')
  await take('trace', 1350)

  await page.locator('.examples button').first().click()
  await page.locator('.live').waitFor()
  await page.locator('.play').waitFor()
  await open('runs')
  await page.locator('.runs input').nth(1).waitFor()
  for (const box of await page.locator('.runs input').all()) await box.check()
  await take('runs', 420)

  await page.getByRole('link', { name: 'Compare the two' }).click()
  await page.locator('.compare').waitFor()
  await take('compare', 700)
}
