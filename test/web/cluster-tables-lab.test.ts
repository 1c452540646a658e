import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ClusterChange } from '../../src/model/view/cluster-view.ts'
import type { TestLab } from '../lab/lab.ts'
import { seriousFindings } from './axe.ts'
import { openUiOfLab } from './opened.ts'
import type { ServedPage, WatchedPage } from './ui.ts'

/** Needs namespaces and Debian's chromium. One lab and one browser for the whole file. */

let opened: Awaited<ReturnType<typeof openUiOfLab>>
let lab: TestLab
let served: ServedPage
let shown: WatchedPage
let page: Page

beforeAll(async () => {
  opened = await openUiOfLab()
  ;({ lab, served, shown } = opened)
  ;({ page } = shown)
}, 300_000)

afterAll(async () => {
  await opened.close()
}, 120_000)

afterEach(() => {
  expect(shown.complaints).toEqual([])
})

const open = async (hash: string): Promise<void> => {
  await page.goto(`${served.origin}/#/${hash}`)
}

describe('Cluster', () => {
  test('three nodes with their ENIs; every netshoot pod stands in a slot of its node', async () => {
    await open('cluster')
    await page.waitForSelector('.eni .slot.primary')
    expect(await page.locator('.node-card').count()).toBe(3)
    const held = page.locator('.eni:not(.host) .slot.held', { hasText: 'netshoot-pod' })
    await expect.poll(() => held.count()).toBe(3)
    expect(await held.first().locator('.slot-address').innerText()).toMatch(/^192\.168\.\d+\.\d+$/)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('what kubectl creates appears without a reload, and goes when it is deleted', async () => {
    await lab.kubectl('run', 'fresh', '--image=nicolaka/netshoot', '--', 'sleep', '3600')
    await page.locator('[data-pod="default/fresh"]').waitFor()
    await lab.kubectl('delete', 'pod', 'fresh', '--now')
    await page.locator('[data-pod="default/fresh"]').waitFor({ state: 'detached' })
  })

  test('a pod’s drawer shows its namespace and the node’s route to it; Escape gives the focus back', async () => {
    const pod = page.locator('.slot.held', { hasText: 'netshoot-pod' }).first()
    const address = await pod.locator('.slot-address').innerText()
    await pod.click()
    const drawer = page.locator('.drawer')
    await drawer.getByText('default via 169.254.1.1 dev eth0').waitFor()
    const text = await drawer.innerText()
    expect(text).toContain(`inet ${address}/32`)
    expect(text).toMatch(new RegExp(`${address.replaceAll('.', '[.]')} dev eni[0-9a-f]+`))
    expect(text).toContain(`from all to ${address} lookup main`)
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement?.dataset.pod')).toContain('netshoot-pod')
  })

  test('the search finds a pod by its address', async () => {
    const address = await page.locator('.slot.held .slot-address').first().innerText()
    await page.getByRole('searchbox').fill(address)
    await expect.poll(() => page.locator('.node-card').count()).toBe(1)
    await page.getByRole('searchbox').fill('')
  })
})

describe('Tables', () => {
  test('a packet to the internet lights the SNAT rule as the deciding one', async () => {
    await open('tables')
    await page.locator('.line-row').first().waitFor()
    await page.getByRole('button', { name: 'Light up' }).click()
    const snat = page.locator('.line-row.is-decides', { hasText: '-A AWS-SNAT-CHAIN-1' })
    await snat.waitFor()
    expect(await snat.textContent()).toContain('decides')
    expect(await page.locator('.way-steps').innerText()).toContain('AWS-SNAT-CHAIN-1')
    expect(await seriousFindings(page)).toEqual([])
  })

  test('another line says why not', async () => {
    await page.locator('.line-row', { hasText: 'requiring SNAT' }).click()
    const why = page.locator('.why')
    expect(await why.innerText()).toContain('this line had decided before')
    expect(await why.innerText()).toContain('-j RETURN')
    await page.getByRole('tab', { name: /Routes/ }).click()
    await page.locator('.line-row', { hasText: '169.254.169.254' }).first().click()
    expect(await why.innerText()).toContain('its destination 8.8.8.8 is not in 169.254.169.254/32')
  })
})

describe('Lab', () => {
  test('a deployment scales and a pod is deleted by clicks, and what follows is told', async () => {
    await open('lab')
    await page.getByRole('button', { name: 'One pod more in netshoot-pod' }).click()
    const rows = page.locator('.lab-pods tr[data-pod^="default/netshoot-pod"]')
    await expect.poll(() => rows.count()).toBe(4)
    await page.getByRole('button', { name: 'One pod fewer in netshoot-pod' }).click()
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(3)
    await page.getByRole('button', { name: 'Create' }).click()
    const made = page.locator('tr[data-pod="default/test-1"]')
    await made.getByText('Running').waitFor()
    await page.getByRole('button', { name: 'Delete pod default/test-1' }).click()
    await made.waitFor({ state: 'detached' })
    expect(await page.locator('.lab-log').innerText()).toContain('Pod default/test-1 is gone')
    expect(await seriousFindings(page)).toEqual([])
  })

  test('a packet is sent and watched by one click', async () => {
    await open('lab')
    await page.getByRole('link', { name: 'Send and watch' }).click()
    await page.locator('.verdict').waitFor({ timeout: 110_000 })
    expect(await page.locator('.verdict').innerText()).toContain('DELIVERED')
    expect(await page.getByRole('combobox', { name: 'To', exact: true }).inputValue()).toBe('www.google.com')
    // A reload shows the run again and sends nothing.
    expect(page.url()).not.toContain('start=')
  }, 120_000)

  test('on a phone, the line that was touched is explained in sight, and the panel can be put away', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await open('tables')
    await page.reload()
    await page.locator('.line-row').first().waitFor()
    await page.getByRole('button', { name: 'Light up' }).click()
    await page.locator('.line-row', { hasText: '-A AWS-SNAT-CHAIN-1' }).click()
    const why = page.locator('.why.chosen')
    const box = await why.boundingBox()
    expect(box && box.y > 0 && box.y + box.height <= 844, JSON.stringify(box)).toBe(true)
    expect(await why.innerText()).toContain('This line decided.')
    await why.getByRole('button', { name: 'Close' }).click()
    await why.waitFor({ state: 'detached' })
  })

  test('in Korean, and on a phone, the pages fit', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.getByLabel('Language').selectOption('ko')
    for (const hash of ['cluster', 'tables', 'lab']) {
      await open(hash)
      await page.waitForSelector('main h1')
      await page.waitForTimeout(500)
      expect(
        await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
        hash,
      ).toBeLessThanOrEqual(0)
      expect(await seriousFindings(page), hash).toEqual([])
    }
  })
})

describe('what a hostile cluster says', () => {
  const hostile = `<img src=x onerror="alert(1)">\u001b[31m\u202e${'x'.repeat(10_000)}`

  /** The server's answers as if every text in them were an attacker's; addresses and verbs stay. */
  const poison = (value: unknown, key = ''): unknown =>
    typeof value === 'string'
      ? /^(?:kind|state|family|tool|backend|stack|id|node|pod|address|at|direction)$/.test(key)
        ? value
        : `${value}${hostile}`
      : Array.isArray(value)
        ? value.map((one) => poison(one, key))
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poison(inner, name)]))
          : value

  beforeAll(async () => {
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.getByLabel('언어').selectOption('en')
    await page.route(/\/api\/stacks/, async (route) => {
      await route.fulfill({ json: poison(await (await route.fetch()).json()) })
    })
    const view: ClusterChange = await page.evaluate(`new Promise((resolve) => {
      const events = new EventSource('/api/cluster/changes')
      events.addEventListener('message', ({ data }) => { events.close(); resolve(JSON.parse(data)) })
    })`)
    await page.route('**/api/cluster/changes', async (route) => {
      const body = `data: ${JSON.stringify(poison(view))}\n\n`
      await route.fulfill({ contentType: 'text/event-stream', body: `retry: 600000\n${body}` })
    })
  })

  afterAll(async () => {
    await page.unrouteAll({ behavior: 'ignoreErrors' })
  })

  test.each(['cluster', 'tables', 'lab'])('is text on the page %s, and fits', async (hash) => {
    await open(hash)
    await page.reload()
    await page.getByText('<img src=x', { exact: false }).first().waitFor({ state: 'attached' })
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.locator('main').textContent()).not.toMatch(/[\u001b\u202e]/)
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    expect(await seriousFindings(page)).toEqual([])
  })
})
