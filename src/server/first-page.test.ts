import { expect, test } from 'vitest'
import { firstPage } from './first-page.ts'

const recorded = {
  source: {
    kind: 'bundle',
    name: 'recorded',
    bundle: {
      index: { version: 1, created: '2026-01-01T00:00:00Z', stacks: [], wires: [] },
      files: new Map(),
    },
  },
  version: '1.2.3',
  mayChange: false,
  language: 'en',
  languageAsked: true,
  signal: new AbortController().signal,
} as const

test('the session says what is looked at', async () => {
  expect(await firstPage(recorded).answers.get('/api/session')?.()).toEqual({
    version: '1.2.3',
    source: { kind: 'bundle', name: 'recorded' },
    live: false,
    mayChange: false,
    language: 'en',
    languageAsked: true,
  })
})
