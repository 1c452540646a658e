import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labUp, type TestLab } from '../lab/lab.ts'
import { seriousFindings } from './axe.ts'
import { openUi, type Opened } from './opened.ts'
import { serveUi } from './ui.ts'

/** Needs namespaces and Debian's chromium. A lab is recorded and ends before the page is opened. */

let lab: TestLab
let directory: string
let bundle: string
let opened: Opened
let page: Page

beforeAll(async () => {
  lab = await labUp()
  directory = mkdtempSync(join(tmpdir(), 'podpath-recorded-'))
  bundle = join(directory, 'bundle')
  const recorded = await lab.podpath('snapshot', '--lab', '--out', bundle)
  expect(recorded.status, recorded.stderr).toBe(0)
  await lab.down()
  opened = await openUi(['--bundle', bundle], { runtime: directory })
  page = opened.shown.page
}, 300_000)

afterAll(async () => {
  expect(await opened.close()).toBe(0)
  for (const one of [directory, lab.where.runtime]) rmSync(one, { recursive: true, force: true })
}, 60_000)

const field = (name: 'From' | 'To') => page.getByRole('combobox', { name, exact: true })

async function predict(from: string, to: string, protocol = 'icmp'): Promise<void> {
  await page.goto(`${opened.served.origin}/#/trace`)
  await page.reload()
  await field('From').fill(from)
  await field('To').fill(to)
  await page.locator('.trace-form select').selectOption(protocol)
  await page.getByRole('button', { name: 'Predict', exact: true }).click()
}

describe('Trace, with no cluster at hand', () => {
  test.each([
    { because: 'pods', which: 'From', typed: 'netshoot', offers: 'pod\ndefault/netshoot-pod-' },
    {
      because: 'deployments',
      which: 'From',
      typed: 'deploy',
      offers: 'deployment\ndeploy/default/netshoot-pod',
    },
    { because: 'nodes', which: 'To', typed: 'node/', offers: 'node\nnode/ip-192-168-1-138' },
    { because: 'services', which: 'To', typed: 'kube-dns', offers: 'service\nsvc/kube-system/kube-dns:53' },
  ] as const)('offers $because', async ({ which, typed, offers }) => {
    await field(which).fill(typed)
    const list = page.locator('.combobox', { has: field(which) }).locator('ul')
    await expect.poll(() => list.innerText()).toContain(offers)
    expect(await seriousFindings(page)).toEqual([])
  })

  test.each([
    {
      because: 'a deployment’s pod and the internet',
      from: 'deploy/netshoot-pod',
      to: '8.8.8.8',
      ends: 'internet',
    },
    { because: 'a node and a node by its name', from: 'node/1', to: '2', ends: 'ip-192-168-2-91' },
    {
      because: 'a service, through its DNAT',
      from: 'deploy/netshoot-pod',
      to: 'svc/kube-system/kube-dns:53',
      ends: 'coredns',
      protocol: 'dns',
    },
  ])('predicts between $because', async ({ from, to, ends, protocol }) => {
    const named = (end: string): string =>
      end.replace(
        /^(node\/)?(\d)$/,
        (_, kind: string | undefined, n: string) => (kind ?? '') + (lab.nodes[Number(n) - 1] ?? ''),
      )
    await predict(named(from), named(to), protocol)
    await page.locator('.verdict', { hasText: 'DELIVERED' }).waitFor()
    const forward = await page.locator('.steps .where').allInnerTexts()
    expect(
      forward.some((place) => place.includes(ends)),
      forward.join('; '),
    ).toBe(true)
  })

  test('a name that only the DNS would know is refused in one line that says what to give', async () => {
    await predict('deploy/netshoot-pod', 'www.google.com')
    expect(await page.getByRole('alert').innerText()).toContain('a snapshot holds no answers of the DNS')
  })

  test('Tables lights a packet between the same names', async () => {
    await page.goto(`${opened.served.origin}/#/tables`)
    await page
      .getByRole('textbox', { name: 'To' })
      .or(page.locator('.flow-fields .grow input'))
      .first()
      .fill('deploy/netshoot-pod')
    await page.getByRole('button', { name: 'Light up' }).click()
    await page.locator('.way-panel').waitFor()
  })

  test('the page complained of nothing, and asked nobody else', () => {
    expect(opened.shown.complaints).toEqual([])
  })
})

describe('what a reader chose', () => {
  const language = () => page.locator('html').getAttribute('lang')
  const theme = () => page.locator('html').getAttribute('data-theme')

  /** The next `podpath ui`, on another port, in the same browser. */
  async function next(args: readonly string[], look: () => Promise<void>): Promise<void> {
    const served = await serveUi(['--bundle', bundle, ...args], { runtime: directory })
    try {
      const beside = await page.context().newPage()
      const before = page
      page = beside
      await page.goto(served.url)
      await page.waitForSelector('main h1')
      await look()
      page = before
      await beside.close()
    } finally {
      expect(await served.end()).toBe(0)
    }
  }

  test('is there on the next page, which is on another port', async () => {
    await page.locator('header select').nth(1).selectOption('dark')
    await page.locator('header select').first().selectOption('ko')
    await expect.poll(language).toBe('ko')
    await next([], async () => expect([await language(), await theme()]).toEqual(['ko', 'dark']))
  })

  test('yields to --lang, until the reader chooses again', async () => {
    await next(['--lang', 'en'], async () => {
      expect([await language(), await theme()]).toEqual(['en', 'dark'])
      await page.locator('header select').first().selectOption('ko')
      await expect.poll(language).toBe('ko')
      await page.reload()
      await page.waitForSelector('main h1')
      expect(await language()).toBe('ko')
    })
  })
})
