import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { codeOf, OwnError } from './own-error.ts'
import { isTrusted, keepsPlaces, whose } from './trust.ts'

export interface TrustedPath {
  /** As far as it is there. */
  readonly real: string
  /** The names below it that are not. */
  readonly missing: readonly string[]
}

/** Links that are followed before a path is taken for a circle, as the kernel does (path_resolution(7)). */
const mostLinks = 40

/**
 * The real path of something that nobody but its owner and root can put another in the place of: every directory on the way
 * belongs to one of the two and lets nobody else rename what is in it, every link on the way is of one of the two. So what was
 * looked at is what is opened later, whoever else works on this machine.
 * Throws an OwnError that names the first part of the way that others could change, or the system's error.
 */
export function trustedPath(path: string): TrustedPath {
  let at = '/'
  let links = 0
  const rest = parts(resolve(path))
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = name === '..' ? dirname(at) : join(at, name)
    const directory = lstatSync(at)
    if (!directory.isDirectory()) throw new OwnError('not-own', `${at} is no directory`)
    if (!keepsPlaces(directory))
      throw new OwnError(
        'not-own',
        isTrusted(directory.uid)
          ? `others may replace what is in ${at}`
          : `${at} belongs to ${whose(directory.uid)}, who may replace what is in it`,
      )
    let status
    try {
      status = lstatSync(next)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return { real: at, missing: [name, ...rest] }
      throw error
    }
    if (!status.isSymbolicLink()) {
      at = next
      continue
    }
    if (!isTrusted(status.uid)) throw new OwnError('not-own', `${next} is a link of ${whose(status.uid)}`)
    if (++links > mostLinks) throw new OwnError('not-own', `${next} is one of links that lead in a circle`)
    const target = readlinkSync(next)
    if (target.startsWith('/')) at = '/'
    rest.unshift(...parts(target))
  }
  return { real: at, missing: [] }
}

const parts = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.')
