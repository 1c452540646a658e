import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bundle } from '../bundle/bundle.ts'
import { tutorialRun } from '../report/tutorial-run.contract.ts'
import { keepRunIn, keptCapture, listKeptRuns, readKeptResult, runIdOf, whyNotKept } from './kept-runs.ts'

let runs: string
beforeEach(() => {
  runs = join(mkdtempSync(join(tmpdir(), 'podpath-runs-')), 'runs')
})
afterEach(() => {
  rmSync(join(runs, '..'), { recursive: true, force: true })
})

const bundle = (text = '[]'): Bundle => ({
  index: { version: 1, created: '2026-01-01T00:00:00Z', source: 'test', stacks: [], wires: [] },
  files: new Map([['kubernetes/pods.json', text]]),
})
const resultAt = (second: number) => ({
  ...tutorialRun([], []),
  startedAt: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`,
})
const keep = (second: number, capture: Uint8Array | null = Uint8Array.of(1, 2, 3), text?: string) =>
  keepRunIn(runs, { result: resultAt(second), capture, bundle: bundle(text) })

describe('a run that is kept', () => {
  test('is three things in a directory that is the owner’s alone, and says where they are', async () => {
    const kept = await keep(1)
    const directory = join(runs, '2026-01-01T000001.000Z')
    expect(readdirSync(directory).sort()).toEqual(['bundle', 'capture.pcapng', 'result.json'])
    expect([kept.captureFile, kept.bundle]).toEqual([
      join(directory, 'capture.pcapng'),
      join(directory, 'bundle'),
    ])
    expect(statSync(directory).mode & 0o077).toBe(0)
    for (const file of ['result.json', 'capture.pcapng'])
      expect(statSync(join(directory, file)).mode & 0o077, file).toBe(0)
    expect(JSON.parse(readKeptResult(runs, runIdOf(kept)) ?? '')).toEqual(kept)
    expect(keptCapture(runs, runIdOf(kept))).toEqual({
      path: join(directory, 'capture.pcapng'),
      octets: 3,
    })
  })

  test('without packets has no capture', async () => {
    const kept = await keep(1, null)
    // The user may have asked for the packets elsewhere: that place stays in the result.
    expect(kept.captureFile).toBe(resultAt(1).captureFile)
    expect(existsSync(join(runs, runIdOf(kept), 'capture.pcapng'))).toBe(false)
    expect(keptCapture(runs, runIdOf(kept))).toBeNull()
  })

  test('of a cluster too large to keep twenty times has no bundle', async () => {
    const kept = await keep(1, null, 'x'.repeat(64 * 1024 * 1024 + 1))
    expect(kept.bundle).toBeUndefined()
    expect(existsSync(join(runs, runIdOf(kept), 'bundle'))).toBe(false)
  })

  test('makes room: the twenty last remain, and what is not ours is left alone', async () => {
    mkdirSync(join(runs, 'notes'), { recursive: true })
    for (let second = 1; second <= 22; second++) await keep(second)
    const listed = listKeptRuns(runs)
    expect(listed).toHaveLength(20)
    expect([listed[0], listed.at(-1)]).toEqual(['2026-01-01T000022.000Z', '2026-01-01T000003.000Z'])
    expect(existsSync(join(runs, 'notes'))).toBe(true)
  })
})

describe('what lies there and is no run', () => {
  test('no directory: no runs', async () => {
    expect(listKeptRuns(join(runs, 'nowhere'))).toEqual([])
  })

  test('a run that was broken off before its result', async () => {
    mkdirSync(join(runs, '2026-01-01T000001.000Z'), { recursive: true })
    expect(listKeptRuns(runs)).toEqual([])
  })

  test.each([
    { because: 'a way out of the directory', id: '../../etc' },
    { because: 'an absolute path', id: '/etc' },
    { because: 'a name with another’s letters', id: '2026-01-01T000001.000Z/../x' },
    { because: 'an empty name', id: '' },
    { because: 'nobody of that name', id: '2026-01-01T000009.000Z' },
  ])('is not read: $because', async ({ id }) => {
    await keep(1)
    mkdirSync(join(runs, 'x'), { recursive: true })
    writeFileSync(join(runs, 'x', 'result.json'), '{}')
    expect(readKeptResult(runs, id)).toBeNull()
    expect(keptCapture(runs, id)).toBeNull()
  })

  test('a directory in the place of a file', async () => {
    mkdirSync(join(runs, '2026-01-01T000001.000Z', 'result.json'), { recursive: true })
    mkdirSync(join(runs, '2026-01-01T000001.000Z', 'capture.pcapng'))
    expect(readKeptResult(runs, '2026-01-01T000001.000Z')).toBeNull()
    expect(keptCapture(runs, '2026-01-01T000001.000Z')).toBeNull()
    symlinkSync('/dev/zero', join(runs, 'zero'))
    expect(listKeptRuns(runs)).toEqual([])
  })

  test.each([
    { because: 'a run is a link', spoil: (at: string) => moveAndLink(at) },
    { because: 'its result is a link', spoil: (at: string) => moveAndLink(join(at, 'result.json')) },
    { because: 'others may write to a run', spoil: (at: string) => chmodSync(at, 0o777) },
    {
      because: 'others may write to a result',
      spoil: (at: string) => chmodSync(join(at, 'result.json'), 0o666),
    },
  ])('something that others could have put there: $because', async ({ spoil }) => {
    const id = runIdOf(await keep(1))
    spoil(join(runs, id))
    expect([listKeptRuns(runs), readKeptResult(runs, id)]).toEqual([[], null])
  })

  test('a directory that others may write to: it is said, nothing is read, kept or removed', async () => {
    const id = runIdOf(await keep(1))
    chmodSync(runs, 0o777)
    const says = /others may write to .*runs \(chmod go-w closes it\); set XDG_DATA_HOME to another directory/
    expect(whyNotKept(runs)?.message).toMatch(says)
    for (const look of [
      () => listKeptRuns(runs),
      () => readKeptResult(runs, id),
      () => keptCapture(runs, id),
    ])
      expect(look).toThrow(says)
    await expect(keep(2)).rejects.toThrow(says)
    expect(readdirSync(runs)).toEqual([id])
  })
})

/** What was there lies elsewhere, and a link leads to it. */
function moveAndLink(path: string): void {
  renameSync(path, join(runs, 'elsewhere'))
  symlinkSync(join(runs, 'elsewhere'), path)
}
