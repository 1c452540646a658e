/**
 * What of the list a machine lacks, and the line that brings it. JavaScript, because the set-up runs this before there is
 * anything that reads TypeScript. Pure.
 * @import { Distribution, Need, Requirement } from './requirement.ts'
 */

/** @type {readonly Need[]} Each needs what those before it need. */
const needs = ['demo', 'lab', 'test']

/**
 * @typedef {object} Machine
 * @property {boolean} root
 * @property {(program: string, requirement: Requirement) => boolean} has
 */

/**
 * The requirements up to this need of which the machine lacks a program.
 * @param {readonly Requirement[]} list
 * @param {Need} need
 * @param {Machine} machine
 * @returns {readonly Requirement[]}
 */
export const missingOf = (list, need, machine) =>
  list.filter(
    (one) =>
      needs.indexOf(one.need) <= needs.indexOf(need) &&
      (one.withoutRoot !== true || !machine.root || need === 'test') &&
      one.programs.some((program) => !machine.has(program, one)),
  )

/**
 * Which distribution's packages os-release(5) says a machine has; null when we know none of its family.
 * @param {string} osRelease
 * @returns {Distribution | null}
 */
export function distributionOf(osRelease) {
  const field = (/** @type {string} */ name) =>
    new RegExp(`^${name}=(["']?)(.*)\\1$`, 'm').exec(osRelease)?.[2] ?? ''
  for (const word of [field('ID'), ...field('ID_LIKE').split(/\s+/)]) {
    if (word === 'debian' || word === 'ubuntu') return 'debian'
    if (word === 'fedora' || word === 'rhel') return 'fedora'
    if (word === 'alpine') return 'alpine'
  }
  return null
}

/**
 * The packages that bring them, each once.
 * @param {readonly Requirement[]} missing
 * @param {Distribution} distribution
 * @returns {readonly string[]}
 */
export const packagesOf = (missing, distribution) => [
  ...new Set(missing.flatMap(({ packages }) => packages[distribution])),
]

/** How each installs packages; what a new machine has no list of yet is fetched first. */
const installers = {
  debian: (/** @type {string} */ sudo) =>
    `${sudo}apt-get update && ${sudo}apt-get install --no-install-recommends`,
  fedora: (/** @type {string} */ sudo) => `${sudo}dnf install`,
  alpine: (/** @type {string} */ sudo) => `${sudo}apk add`,
}

/**
 * How somebody gets them: the one line for this machine's own package manager, or, where we do not know it, what
 * Debian calls them.
 * @param {readonly Requirement[]} missing
 * @param {{ readonly osRelease: string, readonly root: boolean }} machine
 * @returns {string}
 */
export function installLine(missing, { osRelease, root }) {
  const distribution = distributionOf(osRelease)
  return distribution === null
    ? `install ${missing.flatMap(({ programs }) => programs).join(', ')} (Debian’s packages: ${packagesOf(missing, 'debian').join(' ')})`
    : `${installers[distribution](root ? '' : 'sudo ')} ${packagesOf(missing, distribution).join(' ')}`
}
