import { expect, test, vi } from 'vitest'
import type { Desk } from './desk.ts'
import { Ongoing } from './ongoing.ts'
import { RunShelf } from './run-shelf.ts'
import { TraceJobs } from './trace-jobs.ts'
import { createWebApp } from './web-app.ts'

const desk: Desk = {
  source: { kind: 'bundle', name: 'recorded', bundle: { index: emptyIndex(), files: new Map() } },
  mayChange: false,
  language: 'en',
  signal: new AbortController().signal,
  shelf: new RunShelf(null),
  jobs: new TraceJobs(new AbortController().signal, new Ongoing()),
  ongoing: new Ongoing(),
}

function emptyIndex() {
  return { version: 1, created: '2026-01-01T00:00:00Z', stacks: [], wires: [] } as const
}

const ask = async (path: string, init: RequestInit = {}, changed: Partial<Desk> = {}) =>
  createWebApp({ ...desk, ...changed }).request(path, init)

test('a body that is longer than any question is not read', async () => {
  const headers = { 'content-length': '70000' }
  const answer = await ask('/api/nothing', { method: 'POST', headers, body: 'x'.repeat(70_000) })
  expect(answer.status).toBe(413)
})

test('what fails is said to the page, and printed nowhere', async () => {
  const shelf = new RunShelf(null)
  shelf.list = () => Promise.reject(new Error('the disk is gone\nline two'))
  const printed = vi.spyOn(console, 'error')
  const answer = await ask('/api/runs', {}, { shelf })
  expect([answer.status, await answer.json()]).toEqual([500, { code: 'failed', message: 'the disk is gone' }])
  expect(printed).not.toHaveBeenCalled()
})

test('a path of the interface that is none is refused as one', async () => {
  const answer = await ask('/api/nothing')
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'not-found'])
})
