/**
 * Where a machine has a program. JavaScript, as missing.js is, and for the same reason.
 * @import { Requirement } from './requirement.ts'
 */
import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'

/** Where nodes and pods find the machine's programs. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Every place of a PATH where a program stands that we may run, first first.
 * @param {string} program
 * @param {string} searchPath
 * @returns {readonly string[]}
 */
export const placesOf = (program, searchPath) =>
  searchPath
    .split(':')
    .filter((directory) => isAbsolute(directory))
    .map((directory) => join(directory, program))
    .filter(isProgram)

/**
 * Whether the machine's own directories have it. Busybox is not what the others call by the same name.
 * @param {string} program
 * @param {Pick<Requirement, 'busybox'>} requirement
 * @returns {boolean}
 */
export const isInSystem = (program, { busybox }) =>
  placesOf(program, systemPath).some((path) => busybox === true || basename(realpathSync(path)) !== 'busybox')

/**
 * @param {string} path
 * @returns {boolean}
 */
export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // Not here, or not for us: the next directory may have it.
    return false
  }
}
