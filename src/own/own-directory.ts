import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, OwnError } from './own-error.ts'
import { systemReason } from './system-reason.ts'
import { isOpen, ownId, whose } from './trust.ts'
import { trustedPath } from './trusted-path.ts'

/** Where something is kept, and what the user may do when it cannot be: `set PODPATH_RUNTIME_DIR to a directory of your own`. */
export interface Place {
  readonly path: string
  readonly otherwise: string
}

/**
 * A directory that is the user's alone: it belongs to the user, nobody else may write to it, and nobody else can put another in its
 * place. Whoever has one may use paths below it without looking again. Only this file makes it.
 */
export interface OwnDirectory extends Place {
  readonly own: true
}

/** Undefined: it is not there. Throws an OwnError. */
export const findOwnDirectory = (place: Place): OwnDirectory | undefined =>
  guarded(place, () => {
    const { real, missing } = trustedPath(place.path)
    return missing.length > 0 ? undefined : checked(real, place)
  })

/** Makes it, and what is missing above it, for the user alone. Throws an OwnError. */
export const makeOwnDirectory = (place: Place): OwnDirectory =>
  guarded(place, () => {
    const { real, missing } = trustedPath(place.path)
    let at = real
    for (const name of missing) {
      at = join(at, name)
      make(at)
      checked(at, place)
    }
    return checked(at, place)
  })

/** A directory in one of the user's own, made by us and so closed to everybody else. Undefined: it is not there. Throws an OwnError. */
export const findBelow = (directory: OwnDirectory, name: string): OwnDirectory | undefined =>
  guarded(directory, () => {
    const path = join(directory.path, name)
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? undefined : checked(path, directory)
  })

export const makeBelow = (directory: OwnDirectory, name: string): OwnDirectory =>
  guarded(directory, () => {
    const path = join(directory.path, name)
    make(path)
    return checked(path, directory)
  })

/** Whoever made it in between is found out by `checked`. */
function make(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

function checked(path: string, { otherwise }: Place): OwnDirectory {
  const status = lstatSync(path)
  const own = ownId()
  if (status.isSymbolicLink()) throw new OwnError('not-own', `${path} is a link`)
  if (!status.isDirectory()) throw new OwnError('not-own', `${path} is no directory`)
  if (own !== null && status.uid !== own)
    throw new OwnError('not-own', `${path} belongs to ${whose(status.uid)}, not to you`)
  if (isOpen(status)) throw new OwnError('not-own', `others may write to ${path} (chmod go-w closes it)`)
  return { path, otherwise, own: true }
}

/** Runs what works on a place; every failure is one line that ends with what to do. */
export function guarded<T>({ path, otherwise }: Place, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    // One inside another has said it already.
    if (cause instanceof OwnError && cause.message.endsWith(otherwise)) throw cause
    if (cause instanceof OwnError) throw new OwnError(cause.code, `${cause.message}; ${otherwise}`, { cause })
    if (codeOf(cause) === undefined) throw cause
    throw new OwnError('unusable', `${path} cannot be used: ${systemReason(cause)}; ${otherwise}`, { cause })
  }
}
