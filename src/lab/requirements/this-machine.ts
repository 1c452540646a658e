import { readFileSync } from 'node:fs'
import { installLine } from './missing.js'
import { requirements, type Requirement } from './requirement.ts'

/** The line that brings these on the machine we run on. */
export const lineFor = (missing: readonly Requirement[]): string =>
  installLine(missing, { osRelease: osRelease(), root: process.getuid?.() === 0 })

/** One line: a program of the list is not here, and what brings it. */
export const whyMissing = (program: string): string =>
  `${program} is not installed on this machine: ${lineFor(
    requirements.filter(({ programs }) => programs.includes(program)),
  )}; then start the lab again`

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    // os-release(5) is not everywhere: then the machine is of no family that we know.
    return ''
  }
}
