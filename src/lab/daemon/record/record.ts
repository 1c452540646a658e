import type { KubeconfigOptions } from '../../kubernetes/kubeconfig.ts'
import type { ControlGroups } from '../../namespaces/groups/control-groups.ts'
import type { LabOptions } from '../../plan/topology.ts'
import type { AwsAccess, ShellAccess } from '../configuration.ts'
import type { LabProcess } from './lab-process.ts'

/** What is kept of a lab on the host, in a directory of its user's own: nothing that the lab itself needs. */
export interface LabRecord extends LabProcess {
  readonly name: string
  readonly directory: string
  /** Of the process whose end is the lab's end; of the podpath that starts it, while `state` is `claimed`. */
  readonly pid: number
  readonly state: 'claimed' | 'starting' | 'up'
  /** ISO 8601 */
  readonly created: string
  readonly options: LabOptions
  readonly kubernetes: KubeconfigOptions | null
  readonly aws: AwsAccess | null
  readonly environment: Readonly<Record<string, string>>
  readonly shell: ShellAccess | null
  /** Its control groups, which are directories of the machine's: they are removed with it. Null when it has none. */
  readonly groups: ControlGroups | null
}

/** Octets; a real one has some four thousand. */
export const mostRecord = 256 * 1024

/**
 * The record of the lab of this name, as it lies in this directory: neither is taken from the text. Undefined: it is none that
 * podpath wrote. A lab's doors are ports of the loopback address, and nothing else is spoken to.
 */
export function parseRecord(text: string, name: string, directory: string): LabRecord | undefined {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    // Half a file, of a podpath that was killed in another age.
    return undefined
  }
  if (!isObject(read) || read['name'] !== name || !isSound(read)) return undefined
  return { ...(read as unknown as LabRecord), directory }
}

const isSound = (read: Fields): boolean =>
  isPid(read['pid']) &&
  isText(read['startTime'], /^\d+$/) &&
  isText(read['id'], /^[0-9a-f]{32}$/) &&
  isText(read['state'], /^(claimed|starting|up)$/) &&
  isText(read['created'], /^[\dTZ:.-]{20,30}$/) &&
  isObject(read['options']) &&
  (read['kubernetes'] === null || isKubernetes(read['kubernetes'])) &&
  (read['aws'] === null || isAws(read['aws'])) &&
  isTexts(read['environment']) &&
  (read['shell'] === null || isShell(read['shell'])) &&
  (read['groups'] === null || isGroups(read['groups']))

const isKubernetes = (value: unknown): boolean =>
  isObject(value) &&
  isText(value['server'], /^https:\/\/127\.0\.0\.1:\d{1,5}$/) &&
  ['name', 'certificateAuthority', 'token'].every((key) => isText(value[key], /^[^\0]+$/))

const isAws = (value: unknown): boolean =>
  isObject(value) &&
  isText(value['endpoint'], /^http:\/\/127\.0\.0\.1:\d{1,5}$/) &&
  ['region', 'accessKeyId', 'secretAccessKey'].every((key) => isText(value[key], /^[\w+/=-]+$/))

const isShell = (value: unknown): boolean => {
  if (!isObject(value) || !isObject(value['door'])) return false
  return (
    isPid(value['door']['pid']) &&
    isText(value['address'], /^[\d.]+$/) &&
    isTexts(value['environment']) &&
    (value['withoutSsh'] === null || typeof value['withoutSsh'] === 'string')
  )
}

/** Whatever directories it names: only a lab's are ever removed (removeControlGroups), and only empty ones. */
const isGroups = (value: unknown): boolean =>
  isObject(value) &&
  (value['version'] === 1 || value['version'] === 2) &&
  isObject(value['directories']) &&
  Object.values(value['directories']).every((directory) => isText(directory, /^\/[^\0]+$/))

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown, form: RegExp): boolean => typeof value === 'string' && form.test(value)

/** 1 is the machine's, and what is below is not one process (kill(2)). */
const isPid = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 1

/** Variables of a shell: by names that are nothing else. */
const isTexts = (value: unknown): boolean =>
  isObject(value) &&
  Object.entries(value).every(([name, text]) => /^[A-Za-z_]\w*$/.test(name) && isText(text, /^[^\0]*$/))
