import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { guarded, type OwnDirectory } from './own-directory.ts'
import { codeOf, OwnError } from './own-error.ts'
import { isOpen, ownId, whose } from './trust.ts'

/** Octets of a file of the user's own. Undefined: it is not there. Throws an OwnError. */
export const sizeOfOwnFile = (directory: OwnDirectory, name: string): number | undefined =>
  guarded(directory, () => {
    const opened = open(join(directory.path, name))
    if (opened) closeSync(opened.descriptor)
    return opened?.octets
  })

/**
 * The text of a file of the user's own: a plain one, no link, which nobody else may write to. Undefined: it is not there. Throws
 * an OwnError.
 * @param most octets; a file that has more is not one that we wrote
 */
export const readOwnFile = (directory: OwnDirectory, name: string, most: number): string | undefined =>
  guarded(directory, () => {
    const path = join(directory.path, name)
    const opened = open(path)
    if (!opened) return undefined
    try {
      if (opened.octets > most)
        throw new OwnError('not-own', `${path} has ${opened.octets} octets, which podpath never wrote`)
      return readFileSync(opened.descriptor, 'utf8')
    } finally {
      closeSync(opened.descriptor)
    }
  })

/**
 * Writes a file for the user alone. Whoever reads at the same time gets the old one or the new one, never half of one. Throws an
 * OwnError; then the old one is there.
 */
export const writeOwnFile = (directory: OwnDirectory, name: string, content: string | Uint8Array): void =>
  guarded(directory, () => {
    const aside = join(directory.path, `.${name}.${process.pid}`)
    // What a killed process of our number left, or a link: either way not what is written now.
    rmSync(aside, { force: true })
    try {
      writeFileSync(aside, content, { mode: 0o600, flag: 'wx' })
      renameSync(aside, join(directory.path, name))
    } catch (error) {
      rmSync(aside, { force: true })
      throw error
    }
  })

/** Looked at after it was opened, so that it is what is read. Whoever gets it closes it. */
function open(path: string): { readonly descriptor: number; readonly octets: number } | undefined {
  let descriptor: number
  try {
    // O_NONBLOCK: a FIFO in its place must not make us wait for a writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (codeOf(error) === 'ELOOP') throw new OwnError('not-own', `${path} is a link`)
    throw error
  }
  try {
    const status = fstatSync(descriptor)
    const own = ownId()
    if (!status.isFile()) throw new OwnError('not-own', `${path} is no plain file`)
    if (own !== null && status.uid !== own)
      throw new OwnError('not-own', `${path} belongs to ${whose(status.uid)}, not to you`)
    if (isOpen(status)) throw new OwnError('not-own', `others may write to ${path}`)
    return { descriptor, octets: status.size }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}
