import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manyNodes } from '../../bench/lab/many-nodes.ts'
import { writeBundle } from '../../src/bundle/write.ts'
import { seriousFindings } from './axe.ts'
import { openUi, type Opened } from './opened.ts'

/** Needs Debian's chromium; no cluster, no lab: a recorded snapshot of 300 nodes. */

let directory: string
let opened: Opened
let page: Page

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'podpath-web-'))
  const bundle = join(directory, 'bundle')
  await writeBundle(manyNodes(300, 10), bundle)
  opened = await openUi(['--bundle', bundle], { runtime: directory })
  ;({ page } = opened.shown)
}, 120_000)

afterAll(async () => {
  expect(await opened.close()).toBe(0)
  rmSync(directory, { recursive: true, force: true })
}, 60_000)

describe('300 nodes, recorded', () => {
  test('are small cards, of which only those near the window are drawn', async () => {
    await page.goto(`${opened.served.origin}/#/cluster`)
    await page.locator('.small-node').first().waitFor()
    expect(await page.locator('.page-head').innerText()).toContain('300 nodes · 3000 pods')
    expect(await page.locator('.small-node').count()).toBeLessThan(80)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('scrolled, others are drawn in their place', async () => {
    const first = await page.locator('.small-node').first().innerText()
    await page.evaluate('scrollTo(0, 3000)')
    await expect.poll(() => page.locator('.small-node').first().innerText()).not.toBe(first)
    expect(await page.locator('.small-node').count()).toBeLessThan(80)
    await page.evaluate('scrollTo(0, 0)')
  })

  test('a search leaves those that match; one opens whole, with its slots', async () => {
    await page.getByRole('searchbox').fill('web-271-3')
    await expect.poll(() => page.locator('.small-node').count()).toBe(1)
    await page.locator('.small-node').click()
    await page.locator('.drawer [data-pod="default/web-271-3"]').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('.drawer').waitFor({ state: 'detached' })
  })

  test('nothing may be changed, nothing is sent, and every page opens', async () => {
    expect(await page.locator('.top nav').innerText()).not.toContain('Lab')
    for (const name of ['trace', 'tables', 'runs', 'lab']) {
      await page.goto(`${opened.served.origin}/#/${name}`)
      await page.locator('main h1').first().waitFor({ state: 'attached' })
    }
    await page.goto(`${opened.served.origin}/#/tables`)
    await page.getByText('No tables were recorded').waitFor()
    await page.goto(`${opened.served.origin}/#/trace`)
    expect(await page.locator('.trace-form button[type=submit]').innerText()).toBe('Predict')
  })

  test('the page complained of nothing, and asked nobody else', () => {
    expect(opened.shown.complaints).toEqual([])
  })
})
