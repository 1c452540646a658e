import { rmSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { labUp, type TestLab } from '../lab/lab.ts'
import { openBrowser, openPage, serveUi, type ServedPage, type WatchedPage } from './ui.ts'

/** `podpath ui` and a browser that shows it. */
export interface Opened {
  readonly served: ServedPage
  readonly browser: Browser
  readonly shown: WatchedPage
  /** Ends both; resolves with the server's exit status. */
  close(): Promise<number | null>
}

/** Serves the page with these words and opens it; labs and kept runs are those of this directory. */
export async function openUi(args: readonly string[], where: { readonly runtime: string }): Promise<Opened> {
  const served = await serveUi(args, where)
  const browser = await openBrowser()
  const shown = await openPage(browser, served)
  return {
    served,
    browser,
    shown,
    async close() {
      await browser.close()
      return served.end()
    },
  }
}

/** The same on a lab of the test's own, which ends with it. */
export async function openUiOfLab(): Promise<Opened & { readonly lab: TestLab }> {
  const lab = await labUp()
  const opened = await openUi(['--lab'], lab.where)
  return {
    ...opened,
    lab,
    async close() {
      const status = await opened.close()
      await lab.down()
      rmSync(lab.where.runtime, { recursive: true, force: true })
      return status
    },
  }
}
