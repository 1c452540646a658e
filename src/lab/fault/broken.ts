import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FaultCode } from '../../model/fault.ts'
import type { LabRecord } from '../daemon/registry.ts'
import type { Remedy } from './fault.ts'

/** One fault that a lab has, and how it is undone. Kept beside the lab's record, for its owner alone. */
export interface Broken {
  readonly code: FaultCode
  /** True: chosen by chance; the list does not give it away. */
  readonly secret: boolean
  readonly node: string
  /** NAMESPACE/NAME */
  readonly pod: string
  /** The words of `podpath trace` that show it. */
  readonly trial: readonly string[]
  readonly remedy: Remedy
  /** ISO 8601 */
  readonly since: string
}

const path = (record: Pick<LabRecord, 'directory'>): string => join(record.directory, 'broken.json')

/** What is broken in this lab, in the order in which it was. */
export function brokenIn(record: Pick<LabRecord, 'directory'>): readonly Broken[] {
  try {
    return JSON.parse(readFileSync(path(record), 'utf8')) as readonly Broken[]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

export function writeBroken(record: Pick<LabRecord, 'directory'>, broken: readonly Broken[]): void {
  const aside = `${path(record)}.new`
  writeFileSync(aside, `${JSON.stringify(broken, null, 2)}\n`, { mode: 0o600 })
  renameSync(aside, path(record))
}
