/** Where podpath keeps what is the user's own, a kubectl among it. JavaScript, as missing.js is, and for the same reason. */
import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/**
 * The user's data directory (XDG Base Directory Specification 0.8: a path that is not absolute is none); undefined without a
 * home.
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @param {string | undefined} home
 * @returns {string | undefined}
 */
export function dataDirectoryOf(environment, home) {
  const data = environment['XDG_DATA_HOME'] ?? ''
  if (isAbsolute(data)) return join(data, 'podpath')
  return home === undefined || !isAbsolute(home) ? undefined : join(home, '.local/share/podpath')
}

/**
 * The kubectl that the set-up brings where a machine has none that runs (own-kubectl.json: of AWS's package for Lambda
 * layers), in a folder that holds nothing else, and never on anybody's PATH.
 * @param {string} dataDirectory
 * @returns {string}
 */
export const ownKubectlIn = (dataDirectory) => join(dataDirectory, 'kubectl/bin/kubectl')

/**
 * Where it is written of which package (`NAME@VERSION`) it is.
 * @param {string} dataDirectory
 * @returns {string}
 */
export const ownKubectlNoteIn = (dataDirectory) => join(dataDirectory, 'kubectl/package')

/**
 * @param {string} dataDirectory
 * @returns {string | undefined}
 */
export function ownKubectlFrom(dataDirectory) {
  try {
    return readFileSync(ownKubectlNoteIn(dataDirectory), 'utf8').trim()
  } catch {
    // There is none.
    return undefined
  }
}
