import { execFileSync } from 'node:child_process'
import { missingOf } from '../requirements/missing.js'
import { isInSystem } from '../requirements/on-machine.js'
import { requirements, type Need, type Requirement } from '../requirements/requirement.ts'
import { lineFor } from '../requirements/this-machine.ts'
import { findClientProgram, type ClientPlaces } from '../ssh/client-programs.ts'
import { LabError, type LabProblem } from './lab-error.ts'

/** What this machine lacks for a lab of this kind. */
export const missingHere = (need: Need, clients: ClientPlaces): readonly Requirement[] =>
  missingOf(requirements, need, {
    root: process.getuid?.() === 0,
    has: (program, requirement) =>
      requirement.client === true
        ? findClientProgram(program, clients).kind === 'found'
        : isInSystem(program, requirement),
  })

/**
 * Throws a LabError of one line when this machine cannot run a lab of this kind: all that is missing, together.
 * `anyway` is the command for a lab without it, where there is one.
 */
export function requireLab(need: Need, clients: ClientPlaces, anyway?: string): void {
  if (process.platform !== 'linux') throw new LabError({ kind: 'no-linux', platform: process.platform })
  const missing = missingHere(need, clients)
  if (missing.length > 0) {
    const alone = missing.every((one) => one.need !== 'demo')
    throw new LabError({
      kind: 'programs-missing',
      line: lineFor(missing),
      anyway: alone ? (anyway ?? null) : null,
    })
  }
  if (process.getuid?.() !== 0) requireUserNamespaces()
}

function requireUserNamespaces(): void {
  try {
    execFileSync('unshare', ['--user', '--map-root-user', '--map-auto', '--net', 'true'], { stdio: 'pipe' })
  } catch (error) {
    throw new LabError(whyNone(error), { cause: error })
  }
}

function whyNone(error: unknown): LabProblem {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  if (/sub[ug]id/.test(said)) return { kind: 'no-id-range' }
  // unshare(1): `you (user 12345) don't exist.`
  if (/don't exist/.test(said)) return { kind: 'no-user-name', uid: process.getuid?.() ?? -1 }
  return { kind: 'no-namespaces' }
}
