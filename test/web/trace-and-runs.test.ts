import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'node:http'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunResult } from '../../src/model/result/result.ts'
import type { TestLab } from '../lab/lab.ts'
import { podpath } from '../lab/podpath.ts'
import { seriousFindings } from './axe.ts'
import { openUiOfLab } from './opened.ts'
import type { ServedPage, WatchedPage } from './ui.ts'

/** Needs namespaces, tshark and Debian's chromium. One lab and one browser for the whole file. */

let opened: Awaited<ReturnType<typeof openUiOfLab>>
let lab: TestLab
let served: ServedPage
let browser: Browser
let shown: WatchedPage

beforeAll(async () => {
  opened = await openUiOfLab()
  ;({ lab, served, shown, browser } = opened)
}, 300_000)

afterAll(async () => {
  await opened.close()
}, 120_000)

/** One request as no browser would send it. */
const ask = (path: string, headers: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve, reject) => {
    request(`${served.origin}${path}`, { headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
      .once('error', reject)
      .end()
  })

describe('who may look', () => {
  test.each([
    { because: 'no key', path: '/api/session', headers: {} },
    { because: 'a wrong key', path: '/?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', headers: {} },
    { because: 'another name for the same address', path: '/', headers: { host: 'evil.example' } },
    { because: 'another site’s script', path: '/api/session', headers: { origin: 'http://evil.example' } },
  ])('$because is refused', async ({ path, headers }) => {
    expect(await ask(path, headers)).toBe(403)
  })

  test('the printed address opens once: a second browser is refused', async () => {
    const second = await browser.newContext()
    const answer = await (await second.newPage()).goto(served.url)
    expect(answer?.status()).toBe(403)
    await second.close()
  })
})

describe('a trace by clicks', () => {
  beforeAll(async () => {
    const { page } = shown
    await page.getByRole('combobox', { name: 'From', exact: true }).fill(lab.pods[0] ?? '')
    await page.locator('.combobox li').first().click()
    await page.getByRole('combobox', { name: 'To', exact: true }).fill('google')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Trace', exact: true }).click()
    await page.locator('.live').waitFor()
    await page.locator('.verdict').waitFor({ timeout: 110_000 })
  }, 120_000)

  test('ends with the verdict, and its address leads back to it', async () => {
    const { page } = shown
    expect(await page.locator('.verdict').innerText()).toContain('DELIVERED')
    expect(page.url()).toContain('run=')
    await page.reload()
    await page.locator('.verdict').waitFor()
  })

  test('is drawn as in files, the pod first', async () => {
    const figure = shown.page.locator('.figure svg')
    const texts = await figure.locator('text').allTextContents()
    expect(texts.join('\n')).toContain(lab.pods[0])
    expect(await figure.locator('[data-station]').count()).toBe(5)
    expect(await figure.locator('[data-station="0"].now').count()).toBe(1)
  })

  test('plays: buttons and arrow keys step, and the second step shows the SNAT and its line', async () => {
    const { page } = shown
    await page.getByRole('button', { name: 'One step on' }).click()
    const step = page.locator('.step')
    expect(await step.locator('h2').innerText()).toContain('2. node')
    expect(await step.innerText()).toContain('-j SNAT --to-source 192.168.1.138')
    expect(await page.locator('.figure [data-station="1"].now').count()).toBe(1)
    await page.locator('.figure').focus()
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('.position').innerText()).toBe('Step 3 of 10')
    await page.keyboard.press('End')
    expect(await page.locator('.position').innerText()).toBe('Step 10 of 10')
    await page.keyboard.press('Home')
    await page.keyboard.press(' ')
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(1)
    await page.keyboard.press(' ')
    await page.locator('.figure [data-station="2"]').click()
    expect(await step.locator('h2').innerText()).toContain('VPC router')
  })

  test('shows the captured packets and opens their layers', async () => {
    const { page } = shown
    const row = page.locator('.packet-row.noted').first()
    await row.waitFor()
    expect(await row.innerText()).toContain('ICMP')
    await row.click()
    const layers = page.locator('.packet-layers')
    await layers.waitFor()
    expect(await layers.innerText()).toMatch(/IPv4[\s\S]*time|ttl/)
    await page.getByRole('searchbox', { name: 'Filter' }).fill('nothing has this')
    await page.getByText('No packet matches.').waitFor()
    await page.getByRole('searchbox', { name: 'Filter' }).fill('')
    await row.waitFor()
  })

  test('gives files that other programs open', async () => {
    const { page } = shown
    const files = new Map<string, string>()
    for (const name of ['Capture (pcapng)', 'Figure (SVG)', 'JSON', 'Markdown', 'Report (HTML)']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name, exact: true }).click(),
      ])
      const path = join(lab.where.runtime, download.suggestedFilename())
      await download.saveAs(path)
      files.set(name, path)
    }
    const text = (name: string): string => readFileSync(files.get(name) ?? '', 'utf8')
    const packets = execFileSync('tshark', [
      '-r',
      files.get('Capture (pcapng)') ?? '',
      '-T',
      'fields',
      '-e',
      'ip.src',
    ])
    expect(packets.toString()).toContain('192.168.1.138')
    // A page of its own: that of podpath forbids the style sheet that a file carries.
    const viewer = await browser.newPage()
    const parsed: unknown = await viewer.evaluate(
      `(() => {
        const { documentElement } = new DOMParser().parseFromString(${JSON.stringify(text('Figure (SVG)'))}, 'image/svg+xml')
        return [documentElement.nodeName, documentElement.querySelectorAll('parsererror').length]
      })()`,
    )
    await viewer.close()
    expect(parsed).toEqual(['svg', 0])
    expect((JSON.parse(text('JSON')) as RunResult).verdict).toBe('delivered')
    expect(text('Markdown')).toMatch(/^# podpath/)
    expect(text('Report (HTML)')).toMatch(/^<!doctype html>/)
  })

  test('is kept with its bundle, which explain reads', async () => {
    const runs = join(lab.where.runtime, '.local/share/podpath/runs')
    const id = new URLSearchParams(shown.page.url().split('?')[1]).get('run') ?? ''
    const answer = await podpath(
      [
        'explain',
        '--bundle',
        join(runs, id, 'bundle'),
        '--from',
        `pod/default/${lab.pods[0]}`,
        '--to',
        '198.51.100.100',
        '--json',
      ],
      lab.where,
    )
    expect((JSON.parse(answer.stdout) as RunResult).verdict).toBe('delivered')
  })

  test('has nothing serious for axe-core, in light and dark, in both languages', async () => {
    const { page } = shown
    for (const theme of ['light', 'dark']) {
      await page.locator('header select').nth(1).selectOption(theme)
      expect(await seriousFindings(page)).toEqual([])
    }
    await page.locator('header select').first().selectOption('ko')
    await page
      .getByText('단계별로 보기')
      .or(page.getByRole('button', { name: '재생' }))
      .first()
      .waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('ko')
    expect(await seriousFindings(page)).toEqual([])
    // What a reader chose is what the page begins with.
    await page.reload()
    await page.locator('nav a', { hasText: '클러스터' }).waitFor()
    await page.locator('header select').first().selectOption('en')
  })
})

test('a name that is nobody’s is refused in one line, and the page goes on', async () => {
  const { page } = shown
  await page.goto(`${served.origin}/#/trace`)
  await page.getByRole('combobox', { name: 'From', exact: true }).fill('default/nobody')
  await page.getByRole('combobox', { name: 'To', exact: true }).fill('<img src=x onerror=alert(1)>.example')
  await page.getByRole('button', { name: 'Trace', exact: true }).click()
  const notice = page.getByRole('alert')
  await notice.waitFor()
  expect(await notice.innerText()).toMatch(/is no endpoint|there is no pod/)
})

describe('kept runs', () => {
  const hostile = `<img src=x onerror="alert(1)">\u0007\u202e${'x'.repeat(10_000)}`

  beforeAll(async () => {
    const { page } = shown
    const runs = join(lab.where.runtime, '.local/share/podpath/runs')
    const id = '2020-01-01T000000.000Z'
    mkdirSync(join(runs, id), { recursive: true })
    writeFileSync(join(runs, id, 'result.json'), JSON.stringify(hostileRun(hostile)))
    await page.goto(`${served.origin}/#/runs`)
    await page.reload()
    await page.locator('table.runs').waitFor()
  })

  test('are listed with their verdicts; what a file says is text', async () => {
    const { page } = shown
    const table = page.locator('table.runs')
    expect(await table.innerText()).toContain('www.google.com')
    expect(await table.innerText()).toContain('<img src=x onerror="alert(1)">')
    expect(await table.locator('img').count()).toBe(0)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('two are compared: verdict, way and lines that differ', async () => {
    const { page } = shown
    for (const box of await page.locator('table.runs input').all()) await box.check()
    await page.getByRole('link', { name: 'Compare the two' }).click()
    const compared = page.locator('table.compare')
    await compared.waitFor()
    expect(await compared.innerText()).toMatch(/Verdict[\s\S]*dropped[\s\S]*delivered/)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('one of hostile names is drawn as text, with the guilty place and its line', async () => {
    const { page } = shown
    await page.goto(`${served.origin}/#/runs/2020-01-01T000000.000Z`)
    await page.locator('.play').waitFor()
    expect(await page.locator('.verdict').innerText()).toContain('DROPPED')
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.locator('.step .notice').innerText()).toContain('-A FORWARD -j DROP')
    expect(await page.locator('main').innerText()).not.toMatch(/[\u0007\u202e]/)
    const wide: unknown = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(wide).toBeLessThanOrEqual(0)
  })
})

describe('a prediction', () => {
  test('shows every way that chance may choose, and why no other line decided', async () => {
    const { page } = shown
    await page.goto(
      `${served.origin}/#/trace?from=${lab.pods[0] ?? ''}&to=svc/kube-system/kube-dns:53&protocol=dns&predict=1&start=1`,
    )
    const ways = page.locator('.ways label')
    await ways.first().waitFor()
    expect(await ways.count()).toBe(2)
    expect(await ways.first().innerText()).toContain('50%')
    const nodes = page.locator('.steps .where')
    const first = await nodes.allInnerTexts()
    await ways.nth(1).locator('input').check()
    expect(await nodes.allInnerTexts()).not.toEqual(first)
    await ways.nth(0).locator('input').check()
    await page.locator('.steps button').nth(1).click()
    const near = page.locator('.near', { hasText: 'KUBE-MARK-MASQ' })
    await near.locator('summary').click()
    expect(await near.innerText()).toMatch(/its source \S+ is not in/)
    expect(await seriousFindings(page)).toEqual([])
  }, 120_000)
})

test('a running trace can be cancelled and leaves nothing in the cluster', async () => {
  const { page } = shown
  await page.goto(`${served.origin}/#/trace`)
  await page.locator('.examples button').first().click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('Cancelled.').waitFor()
  const left = await lab.podpath('cleanup', '--lab', '--dry-run')
  expect(left.stdout).toContain('nothing of podpath is in')
}, 120_000)

test('the page complained of nothing, and asked nobody else', () => {
  expect(shown.complaints).toEqual([])
})

/** A kept result as an attacker may have written it: every name is hostile. */
function hostileRun(name: string): RunResult {
  const packet = { src: name, dst: '10.0.0.2', protocol: 'icmp' }
  const path = {
    verdict: 'dropped',
    replyVerdict: null,
    stoppedAt: `node/${name}`,
    forward: [
      { stack: `pod/default/${name}`, in: null, out: name, packetIn: null, packetOut: packet, decisions: [] },
      {
        stack: `node/${name}`,
        in: name,
        out: null,
        packetIn: packet,
        packetOut: null,
        decisions: [
          { stage: 'filter', by: '-A FORWARD -j DROP', effect: 'dropped, and its sender is not told' },
        ],
      },
    ],
    reply: [],
  } as const
  return {
    version: 1,
    source: { kind: 'cluster', name },
    verdict: 'dropped',
    startedAt: '2020-01-01T00:00:00.000Z',
    durationMs: 1000,
    traces: [
      {
        from: { kind: 'pod', name: `default/${name}`, address: '10.0.0.1', node: name },
        to: { kind: 'host', name, address: '10.0.0.2' },
        startedAt: '2020-01-01T00:00:00.000Z',
        probe: { protocol: 'icmp', sent: 1, received: 0, rttMs: [], error: name },
        predicted: path,
        observed: path,
        translations: [],
        agrees: true,
      },
    ],
    experiments: [],
    findings: [
      {
        code: 'PACKET_LOST',
        severity: 'error',
        at: `node/${name}`,
        by: '-A FORWARD -j DROP',
        message: name,
        remedy: name,
        evidence: [{ kind: 'note', text: name }],
      },
    ],
    gaps: [{ at: name, what: name, because: name }],
  }
}
