import { faultCodes, type FaultCode } from '../../model/lab/fault.ts'
import { readOwnFile, writeOwnFile } from '../../own/own-file.ts'
import { LabError } from '../daemon/lab-error.ts'
import type { LabRecord } from '../daemon/record/record.ts'
import { directoryOf } from '../daemon/record/registry.ts'
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

const file = 'broken.json'

const remedyKinds = [
  'ec2',
  'script',
  'kubernetes-field',
  'kubernetes-object',
] satisfies readonly Remedy['kind'][]

/** Octets; every fault at once has some ten thousand. */
const mostOctets = 1024 * 1024

/** What is broken in this lab, in the order in which it was. Throws an OwnError or a LabError. */
export function brokenIn(record: Pick<LabRecord, 'directory'>): readonly Broken[] {
  const directory = directoryOf(record)
  const text = readOwnFile(directory, file, mostOctets)
  if (text === undefined) return []
  try {
    const read: unknown = JSON.parse(text)
    if (Array.isArray(read) && read.every(isBroken)) return read
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new LabError({ kind: 'foreign-file', path: `${directory.path}/${file}` })
}

const isBroken = (value: unknown): value is Broken => {
  const { code, node, since, remedy } = (value ?? {}) as Partial<Broken>
  return (
    faultCodes.some((one) => one === code) &&
    typeof node === 'string' &&
    typeof since === 'string' &&
    (remedyKinds as readonly unknown[]).includes(remedy?.kind)
  )
}

export const writeBroken = (record: Pick<LabRecord, 'directory'>, broken: readonly Broken[]): void =>
  writeOwnFile(directoryOf(record), file, `${JSON.stringify(broken, null, 2)}\n`)
