import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeControlGroups, type ControlGroups } from '../namespaces/control-groups.ts'
import type { LabOptions } from '../plan/topology.ts'
import type { AwsAccess, ShellAccess } from './configuration.ts'
import { LabError } from './lab-error.ts'
import { startTimeOf } from './launch.ts'

/** What is kept of a lab on the host, in a directory of its user's own: nothing that the lab itself needs. */
export interface LabRecord {
  readonly name: string
  readonly directory: string
  /** Of the process whose end is the lab's end; of the one that starts it, while `state` is `starting`. */
  readonly pid: number
  /** In clock ticks after boot: tells the process from a later one of the same pid. */
  readonly startTime: string
  readonly state: 'starting' | 'up'
  readonly created: string
  readonly options: LabOptions
  readonly aws: AwsAccess | null
  readonly environment: Readonly<Record<string, string>>
  readonly shell: ShellAccess | null
  /** Its control groups, which are directories of the machine's: they are removed with it. Null when it has none. */
  readonly groups: ControlGroups | null
}

/** The directory of every lab of this user: PODPATH_RUNTIME_DIR, the session's own, /run for root, else a private one in /tmp. */
export function labsDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const uid = process.getuid?.() ?? 0
  const own = environment['PODPATH_RUNTIME_DIR']
  if (own) return own
  const session = environment['XDG_RUNTIME_DIR']
  if (session) return join(session, 'podpath')
  return uid === 0 ? '/run/podpath' : join(tmpdir(), `podpath-${uid}`)
}

const nameForm = /^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/

/** The record of a lab that is up or starting; undefined when there is none, or only what a killed one left. */
export function findLab(base: string, name: string): LabRecord | undefined {
  checkName(name)
  const record = readRecord(join(base, name))
  return record && isAlive(record) ? record : undefined
}

const isAlive = ({ pid, startTime }: LabRecord): boolean => startTimeOf(pid) === startTime

export function listLabs(base: string): readonly LabRecord[] {
  let names: string[]
  try {
    names = readdirSync(base)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
  return names.filter((name) => nameForm.test(name)).flatMap((name) => findLab(base, name) ?? [])
}

/** Takes the name, or throws when a lab of it is up. What a killed lab left behind is cleared away. */
export function claimLab(base: string, options: LabOptions): LabRecord {
  checkName(options.name)
  const directory = join(base, options.name)
  privateDirectory(base)
  const record: LabRecord = {
    name: options.name,
    directory,
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    state: 'starting',
    created: new Date().toISOString(),
    options,
    aws: null,
    environment: {},
    shell: null,
    groups: null,
  }
  for (let attempt = 0; attempt < 2; attempt++) {
    // A directory that has the name has its record as well: it is made aside and renamed.
    const aside = join(base, `.${options.name}.${process.pid}`)
    rmSync(aside, { recursive: true, force: true })
    mkdirSync(aside, { mode: 0o700 })
    writeRecord({ directory: aside }, record)
    try {
      renameSync(aside, directory)
      return record
    } catch (error) {
      rmSync(aside, { recursive: true, force: true })
      if (codeOf(error) !== 'EEXIST' && codeOf(error) !== 'ENOTEMPTY') throw error
      if (findLab(base, options.name))
        throw new LabError(
          'running',
          `the lab ${options.name} is already up: \`podpath lab down${labOption(options.name)}\` ends it, \`--name\` starts another`,
        )
      clearAway(directory, join(base, `.${options.name}.${process.pid}.old`))
    }
  }
  throw new LabError('running', `the lab ${options.name} is being started by somebody else`)
}

/** Removes what a killed lab left, unless somebody has claimed the name since it was looked at. */
function clearAway(directory: string, aside: string): void {
  try {
    renameSync(directory, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const record = readRecord(aside)
  if (record && isAlive(record)) {
    renameSync(aside, directory)
    return
  }
  if (record?.groups) removeControlGroups(record.groups)
  rmSync(aside, { recursive: true, force: true })
}

export const labOption = (name: string): string => (name === 'default' ? '' : ` --name ${name}`)

/** Whoever reads at the same time gets the old record or the new one, never half of one: half would mean no lab. */
export function writeRecord(where: Pick<LabRecord, 'directory'>, record: LabRecord): void {
  const aside = join(where.directory, `.lab.json.${process.pid}`)
  writeFileSync(aside, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  renameSync(aside, join(where.directory, 'lab.json'))
}

/** Removes the record, unless the name is another lab's by now. */
export function forgetLab({ directory, created }: LabRecord): void {
  const kept = readRecord(directory)
  if (kept === undefined || kept.created === created) rmSync(directory, { recursive: true, force: true })
}

export const kubeconfigPath = (record: LabRecord): string => join(record.directory, 'kubeconfig')
/** The same as JSON: every command of podpath reads it, and reading YAML takes as long as reading half of podpath. */
export const kubeconfigJsonPath = (record: LabRecord): string => join(record.directory, 'kubeconfig.json')
export const logPath = (record: LabRecord): string => join(record.directory, 'daemon.log')

function readRecord(directory: string): LabRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'lab.json'), 'utf8')) as LabRecord
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Only its owner may see or write it; one that is somebody else's is not used. */
function privateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const status = lstatSync(path)
  if (!status.isDirectory() || status.uid !== (process.getuid?.() ?? status.uid))
    throw new LabError(
      'not-able',
      `${path} belongs to somebody else: set PODPATH_RUNTIME_DIR to a directory of your own`,
    )
  chmodSync(path, 0o700)
}

function checkName(name: string): void {
  if (!nameForm.test(name))
    throw new LabError(
      'wrong',
      `not a name for a lab: ${JSON.stringify(name)} (lower-case letters, digits and hyphens, at most 32)`,
    )
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined
