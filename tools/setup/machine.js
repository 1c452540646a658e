/**
 * What the set-up knows of this machine, read with nothing but Node: it runs before the npm packages are there.
 * @import { Need, Requirement } from '../../src/lab/requirements/requirement.ts'
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { missingOf } from '../../src/lab/requirements/missing.js'
import { dataDirectoryOf, ownKubectlFrom } from '../../src/lab/requirements/own-kubectl.js'
import { isInSystem, placesOf } from '../../src/lab/requirements/on-machine.js'

const file = (/** @type {string} */ name) =>
  readFileSync(new URL(`../../src/lab/requirements/${name}`, import.meta.url), 'utf8')

/** @type {readonly Requirement[]} */
export const requirements = JSON.parse(file('programs.json'))

/** @type {{ readonly name: string, readonly version: string, readonly platform: string }} */
const kubectlPackage = JSON.parse(file('own-kubectl.json'))

export const isRoot = process.getuid?.() === 0

/** os-release(5); empty where there is none. */
export function osRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    // Not every Linux says what it is: then it is of no family that we know.
    return ''
  }
}

const path = process.env['PATH'] ?? ''

/**
 * Where the lab's shell has its kubectl from. `machine`: the PATH has one that runs. `own`: podpath's own is there. `to-come`:
 * it can be brought. `none`: there is none for this platform.
 */
export function kubectl() {
  const runs = (/** @type {string} */ place) =>
    spawnSync(place, ['version', '--client'], { stdio: 'ignore', timeout: 10_000 }).status === 0
  if (placesOf('kubectl', path).some(runs)) return 'machine'
  const data = dataDirectoryOf(process.env, homedir())
  if (kubectlPackage.platform !== `${process.platform}-${process.arch}` || data === undefined) return 'none'
  return ownKubectlFrom(data) === `${kubectlPackage.name}@${kubectlPackage.version}` ? 'own' : 'to-come'
}

/**
 * What is missing of the list up to this need.
 * @param {Need} need
 * @param {boolean} hasKubectl it is there, or will be brought
 * @returns {readonly Requirement[]}
 */
export const missing = (need, hasKubectl) =>
  missingOf(requirements, need, {
    root: isRoot,
    has: (program, requirement) =>
      requirement.client === true
        ? program === 'kubectl'
          ? hasKubectl
          : placesOf(program, path).length > 0
        : isInSystem(program, requirement),
  })

/** @param {string} program */
export function isExecutable(program) {
  try {
    accessSync(program, constants.X_OK)
    return true
  } catch {
    return false
  }
}
