import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defaultLab } from '../../plan/topology.ts'
import { LabError } from '../lab-error.ts'
import { claimLab, findLab, forgetLab, listLabs, writeRecord } from './registry.ts'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podpath-registry-'))
})
afterEach(() => {
  rmSync(base, { recursive: true, force: true })
})

const lab = (name: string) => ({ ...defaultLab, name })
/** No process has it: pids end at 2^22 (proc(5), pid_max). */
const noPid = 2 ** 22 + 1

describe('a name', () => {
  test('is one lab’s as long as it lives', () => {
    const record = claimLab(base, lab('one'))
    expect(findLab(base, 'one')).toEqual(record)
    expect(() => claimLab(base, lab('one'))).toThrow(
      new LabError({ kind: 'already-up', name: 'one', option: ' --name one' }),
    )
    expect(listLabs(base)).toEqual([record])
  })

  test('is free again when its lab was killed, and nothing of that one stays', () => {
    const killed = claimLab(base, lab('one'))
    writeRecord({ ...killed, pid: noPid })
    expect(findLab(base, 'one')).toBeUndefined()
    expect(claimLab(base, lab('one')).pid).toBe(process.pid)
    expect(readdirSync(base)).toEqual(['one'])
  })

  test('is free again when its lab was killed before it had written who it is', () => {
    const killed = claimLab(base, lab('one'))
    rmSync(join(killed.directory, 'lab.json'))
    expect(claimLab(base, lab('one')).pid).toBe(process.pid)
  })

  test.each(['', '.', '..', '../up', 'UPPER', 'a/b', '-a', 'a-', 'a'.repeat(33)])('is not %j', (name) => {
    expect(() => claimLab(base, lab(name))).toThrow(new LabError({ kind: 'not-a-name', name }))
    expect(() => findLab(base, name)).toThrow(new LabError({ kind: 'not-a-name', name }))
  })
})

describe('a record', () => {
  test('that is read while it is rewritten is the old one, whole', () => {
    const record = claimLab(base, lab('one'))
    const descriptor = openSync(join(record.directory, 'lab.json'), 'r')
    writeRecord({ ...record, environment: { N1: '192.168.1.138' } })
    expect(JSON.parse(readFileSync(descriptor, 'utf8'))).toEqual(record)
    closeSync(descriptor)
    expect(findLab(base, 'one')?.environment).toEqual({ N1: '192.168.1.138' })
  })

  test('is not removed by whoever had the name before', () => {
    const former = claimLab(base, lab('one'))
    const later = { ...former, created: '2026-01-01T00:00:00.000Z' }
    writeRecord(later)
    forgetLab(former)
    expect(findLab(base, 'one')).toEqual(later)
    forgetLab(later)
    expect(readdirSync(base)).toEqual([])
  })
})
