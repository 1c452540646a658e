import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeControlGroups } from '../../namespaces/groups/control-groups.ts'
import {
  findBelow,
  findOwnDirectory,
  guarded,
  makeBelow,
  makeOwnDirectory,
  type OwnDirectory,
} from '../../../own/own-directory.ts'
import { readOwnFile, writeOwnFile } from '../../../own/own-file.ts'
import { codeOf } from '../../../own/own-error.ts'
import type { LabOptions } from '../../plan/topology.ts'
import { LabError } from '../lab-error.ts'
import { isLabProcess, isStillOurs, newIdentity, startTimeOf } from './lab-process.ts'
import { mostRecord, parseRecord, type LabRecord } from './record.ts'

const recordFile = 'lab.json'

/** The directory of every lab of this user: PODPATH_RUNTIME_DIR, the session's own, /run for root, else a private one in /tmp. */
export function labsDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const uid = process.getuid?.() ?? 0
  const own = environment['PODPATH_RUNTIME_DIR']
  if (own) return own
  const session = environment['XDG_RUNTIME_DIR']
  // After `su` it is the other user's: then it is as if it were not set (XDG Base Directory Specification 0.8).
  if (session && statSync(session, { throwIfNoEntry: false })?.uid === uid) return join(session, 'podpath')
  return uid === 0 ? '/run/podpath' : join(tmpdir(), `podpath-${uid}`)
}

const nameForm = /^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/

const placeOf = (base: string) => ({
  path: base,
  otherwise: 'set PODPATH_RUNTIME_DIR to another directory, of your own',
})

/**
 * The record of a lab that is up or starting; undefined when there is none, or only what a killed one left. Throws an OwnError
 * where somebody else could have written it.
 */
export function findLab(base: string, name: string): LabRecord | undefined {
  checkName(name)
  const labs = findOwnDirectory(placeOf(base))
  return labs && findIn(labs, name)
}

function findIn(labs: OwnDirectory, name: string): LabRecord | undefined {
  const directory = findBelow(labs, name)
  const record = directory && readRecord(directory, name)
  return record && isAlive(record) ? record : undefined
}

const isAlive = (record: LabRecord): boolean =>
  record.state === 'claimed' ? isStillOurs(record) : isLabProcess(record)

export function listLabs(base: string): readonly LabRecord[] {
  const labs = findOwnDirectory(placeOf(base))
  if (!labs) return []
  return guarded(labs, () => readdirSync(labs.path))
    .filter((name) => nameForm.test(name))
    .flatMap((name) => findIn(labs, name) ?? [])
}

/** Takes the name, or throws when a lab of it is up. What a killed lab left behind is cleared away. */
export function claimLab(base: string, options: LabOptions): LabRecord {
  const { name } = options
  checkName(name)
  const labs = makeOwnDirectory(placeOf(base))
  const directory = join(labs.path, name)
  const record: LabRecord = {
    name,
    directory,
    id: newIdentity(),
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    state: 'claimed',
    created: new Date().toISOString(),
    options,
    kubernetes: null,
    aws: null,
    environment: {},
    shell: null,
    groups: null,
  }
  for (let attempt = 0; attempt < 2; attempt++) {
    if (claim(labs, record)) return record
    if (findIn(labs, name)) throw new LabError({ kind: 'already-up', name, option: labOption(name) })
    guarded(labs, () => clearAway(labs, name))
  }
  throw new LabError({ kind: 'claimed', name })
}

/** False: the name is taken. A directory that has the name has its record as well: it is made aside and renamed. */
function claim(labs: OwnDirectory, record: LabRecord): boolean {
  const aside = `.${record.name}.${process.pid}`
  const remove = (): void =>
    guarded(labs, () => rmSync(join(labs.path, aside), { recursive: true, force: true }))
  remove()
  try {
    writeOwnFile(makeBelow(labs, aside), recordFile, textOf(record))
    return guarded(labs, () => takeName(join(labs.path, aside), record.directory))
  } finally {
    remove()
  }
}

function takeName(aside: string, directory: string): boolean {
  try {
    renameSync(aside, directory)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOTEMPTY') return false
    throw error
  }
}

/** Removes what a killed lab left, unless somebody has claimed the name since it was looked at. */
function clearAway(labs: OwnDirectory, name: string): void {
  const aside = `.${name}.${process.pid}.old`
  try {
    renameSync(join(labs.path, name), join(labs.path, aside))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const old = findBelow(labs, aside)
  const record = old && readRecord(old, name)
  if (record && isAlive(record)) {
    renameSync(join(labs.path, aside), join(labs.path, name))
    return
  }
  if (record?.groups) removeControlGroups(record.groups)
  rmSync(join(labs.path, aside), { recursive: true, force: true })
}

export const labOption = (name: string): string => (name === 'default' ? '' : ` --name ${name}`)

/** Where files of a lab are kept beside its record. */
export function directoryOf({ directory }: Pick<LabRecord, 'directory'>): OwnDirectory {
  const found = findOwnDirectory(placeOf(directory))
  if (!found) throw new LabError({ kind: 'no-record', directory })
  return found
}

/** Whoever reads at the same time gets the old record or the new one, never half of one: half would mean no lab. */
export const writeRecord = (record: LabRecord): void =>
  writeOwnFile(directoryOf(record), recordFile, textOf(record))

const textOf = (record: LabRecord): string => `${JSON.stringify(record, null, 2)}\n`

/** Removes the record, unless the name is another lab's by now. */
export function forgetLab({ name, directory, created }: LabRecord): void {
  const found = findOwnDirectory(placeOf(directory))
  if (!found) return
  const kept = readRecord(found, name)
  if (kept === undefined || kept.created === created)
    guarded(found, () => rmSync(found.path, { recursive: true, force: true }))
}

export const kubeconfigPath = (record: LabRecord): string => join(record.directory, 'kubeconfig')
export const logPath = (record: LabRecord): string => join(record.directory, 'daemon.log')

function readRecord(directory: OwnDirectory, name: string): LabRecord | undefined {
  const text = readOwnFile(directory, recordFile, mostRecord)
  return text === undefined ? undefined : parseRecord(text, name, directory.path)
}

function checkName(name: string): void {
  if (!nameForm.test(name)) throw new LabError({ kind: 'not-a-name', name })
}
