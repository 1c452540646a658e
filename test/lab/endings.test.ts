import { readdirSync, rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { gone, hostSurroundings, tracesBelow } from './lab-traces.ts'
import { runtimeDirectory } from './lab.ts'
import { podpath, startPodpath } from './podpath.ts'

/** However a lab ends, nothing of it stays, and the next one starts. Processes are ended by their id alone. */

const runtime = runtimeDirectory()
const where = { runtime }
const before = hostSurroundings()
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

const moments = [
  { when: 'while the lab starts', words: /Starting a lab/, after: 150 },
  { when: 'when the lab is up', words: /The lab is up/, after: 0 },
  { when: 'while packets are captured', words: /Listening in/, after: 0 },
] as const

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

describe.each(['SIGINT', 'SIGTERM'] as const)('%s to verify', (signal) => {
  test.each(moments)(
    '$when: exit 130 within two seconds, one line, nothing left',
    async ({ words, after }) => {
      const started = startPodpath(['verify', '--lab=ended'], where)
      await started.said(words)
      await pause(after)
      const traces = tracesBelow(started.child.pid ?? -1)
      const asked = performance.now()
      started.child.kill(signal)
      const ended = await started.ended
      expect(ended.status, ended.stderr).toBe(130)
      expect(ended.stderr.split('\n').filter((line) => /interrupt/i.test(line))).toHaveLength(1)
      // Soon, for somebody who waits; how soon is the machine’s affair.
      expect(performance.now() - asked).toBeLessThan(20_000)
      expect(await gone(traces)).toEqual([])
      expect(readdirSync(runtime).filter((name) => name === 'ended')).toEqual([])
    },
  )
})

test('SIGTERM to ui while a snapshot is taken and a trace runs: they clear up, then the lab ends', async () => {
  const started = startPodpath(['ui', '--lab=ended', '--no-open'], where)
  const url = await new Promise<URL>((resolve) => {
    let text = ''
    started.child.stdout?.on('data', (chunk: string) => {
      text += chunk
      if (text.endsWith('\n')) resolve(new URL(text.trim()))
    })
  })
  const entered = await fetch(url, { redirect: 'manual' })
  const headers = {
    cookie: (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? '',
    origin: url.origin,
    'content-type': 'application/json',
  }
  const post = (path: string, body: unknown) =>
    fetch(`${url.origin}/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const trace = { from: 'deploy/netshoot-pod', to: 'www.google.com', protocol: 'icmp', count: 20, send: true }
  expect((await post('traces', { ...trace, language: 'en' })).status).toBe(202)
  const snapshot = post('snapshot', {}).catch(() => undefined)
  await pause(300)
  const traces = tracesBelow(started.child.pid ?? -1)
  started.child.kill('SIGTERM')
  const ended = await started.ended
  expect(ended).toMatchObject({ status: 0, stderr: expect.not.stringMatching(/Error|Warning/) as string })
  await snapshot
  expect(await gone(traces)).toEqual([])
  expect(readdirSync(runtime).filter((name) => name === 'ended')).toEqual([])
})

describe('kill -9', () => {
  test.each([
    { victim: 'podpath itself', which: 0 },
    { victim: 'the process that holds the namespaces', which: 1 },
    { victim: 'the lab’s first process', which: 2 },
    { victim: 'the daemon', which: 3 },
  ])('of $victim during verify takes the whole lab with it', async ({ which }) => {
    const started = startPodpath(['verify', '--lab=killed'], where)
    await started.said(/Listening in/)
    const traces = tracesBelow(started.child.pid ?? -1)
    process.kill(traces.pids[which] ?? Number.NaN, 'SIGKILL')
    const ended = await started.ended
    expect(ended.status).toBe(which === 0 ? null : 3)
    expect(await gone(traces)).toEqual([])
    expect(hostSurroundings()).toEqual(before)
  })

  test('of podpath while the lab starts leaves nothing of it', async () => {
    const started = startPodpath(['verify', '--lab=killed'], where)
    await started.said(/Starting a lab/)
    await pause(400)
    const traces = tracesBelow(started.child.pid ?? -1)
    started.child.kill('SIGKILL')
    await started.ended
    expect(await gone(traces)).toEqual([])
    expect(hostSurroundings()).toEqual(before)
  })

  test('and the next lab of the same name starts and ends', async () => {
    expect(await podpath(['lab', 'up', '--name=killed'], where)).toMatchObject({ status: 0 })
    expect(await podpath(['lab', 'down', '--name=killed'], where)).toMatchObject({ status: 0 })
  })
})
