import { execFileSync } from 'node:child_process'
import { missingOf } from '../requirements/missing.js'
import { isInSystem } from '../requirements/on-machine.js'
import { requirements, type Need, type Requirement } from '../requirements/requirement.ts'
import { lineFor } from '../requirements/this-machine.ts'
import { findClientProgram, type ClientPlaces } from '../ssh/client-programs.ts'
import { LabError } from './lab-error.ts'

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
 * `anyway` is what to do for a lab without it, where there is a way.
 */
export function requireLab(need: Need, clients: ClientPlaces, anyway?: string): void {
  if (process.platform !== 'linux')
    throw new LabError(
      'not-able',
      `the lab needs a Linux kernel, and this is ${process.platform}: run it in a Linux virtual machine (for example \`limactl start template://debian-12\` on macOS, WSL 2 on Windows), or point podpath at a cluster with --context`,
    )
  const missing = missingHere(need, clients)
  if (missing.length > 0) {
    const alone = missing.every((one) => one.need !== 'demo') && anyway !== undefined
    throw new LabError(
      'not-able',
      `the lab needs programs that are missing: ${lineFor(missing)}${alone ? ` (or ${anyway})` : ''}`,
    )
  }
  if (process.getuid?.() !== 0) requireUserNamespaces()
}

function requireUserNamespaces(): void {
  try {
    execFileSync('unshare', ['--user', '--map-root-user', '--map-auto', '--net', 'true'], { stdio: 'pipe' })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    if (/sub[ug]id/.test(said))
      throw new LabError(
        'not-able',
        'your user has no range of ids of its own, which a lab without root needs: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
        { cause: error },
      )
    // unshare(1): `you (user 12345) don't exist.`
    if (/don't exist/.test(said))
      throw new LabError(
        'not-able',
        `user ${process.getuid?.() ?? ''} has no name in /etc/passwd, by which its range of ids would be found: run as a user that has one, or as root`,
        { cause: error },
      )
    throw new LabError(
      'not-able',
      'this machine lets only root make namespaces: run as root, or as root set `sysctl -w user.max_user_namespaces=10000` (and, where they exist, kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)',
      { cause: error },
    )
  }
}
