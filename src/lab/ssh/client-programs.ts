import { accessSync, constants, openSync, readSync, closeSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** A program of the host that the lab's shell offers. `argv` runs it inside the bastion. */
export type ClientProgram =
  | {
      readonly kind: 'found'
      readonly name: string
      readonly argv: readonly [string, ...string[]]
      /** Directories of the host that it needs and that a sandbox would not see: [outside, inside]. */
      readonly binds: readonly (readonly [from: string, to: string])[]
    }
  | { readonly kind: 'missing'; readonly name: string; readonly why: string }

/** What the lab's shell wants of the host, and how people get it. */
const wanted = {
  kubectl: 'https://kubernetes.io/docs/tasks/tools/',
  aws: 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
} as const

/** Whatever a sandbox does not see by itself: it has the machine's programs and libraries, and nothing else of it. */
const isHidden = (path: string): boolean =>
  !/^\/(usr|bin|sbin|lib[^/]*|nix\/store|gnu\/store)(\/|$)/.test(path)

/** A home, or what homes stand in: never shown whole. */
const isHome = (path: string): boolean =>
  isHidden(path) && /^(\/|\/root|\/(home|run|tmp|mnt|media)(\/[^/]+)?|\/var\/tmp)$/.test(path)

/** Finds kubectl and aws as the host's own shell would (`searchPath` is its PATH). */
export const findClientPrograms = (searchPath: string): readonly ClientProgram[] =>
  Object.entries(wanted).map(([name, where]) => findProgram(name, where, searchPath))

function findProgram(name: string, where: string, searchPath: string): ClientProgram {
  const path = searchPath
    .split(':')
    .filter((directory) => isAbsolute(directory))
    .map((directory) => join(directory, name))
    .find(isProgram)
  if (path === undefined)
    return {
      kind: 'missing',
      name,
      why: `podpath: ${name} is not installed on this machine (see ${where}); install it and start the lab again`,
    }
  const needs = [path, realpathSync(path)].flatMap((one) => [one, ...interpreterOf(one)])
  const binds = new Map<string, string>()
  for (const need of needs.filter(isHidden)) {
    const prefix = installation(need)
    if (prefix === undefined)
      return {
        kind: 'missing',
        name,
        why: `podpath: ${name} lies in a home directory (${path}), which the lab does not show; install it in a directory of its own (see ${where}) and start the lab again`,
      }
    binds.set(prefix, prefix)
  }
  return { kind: 'found', name, argv: [path], binds: [...binds] }
}

/** The directory a program was installed to: above its `bin` or `shims`. A home's own `bin` stands for itself. */
function installation(program: string): string | undefined {
  const directory = dirname(program)
  const above = dirname(directory)
  if (['bin', 'sbin', 'shims'].includes(basename(directory)) && !isHome(above)) return above
  return isHome(directory) ? undefined : directory
}

/** What a script's first line runs it with: the file itself and where links lead from it. */
function interpreterOf(path: string): readonly string[] {
  const head = Buffer.alloc(256)
  const file = openSync(path, 'r')
  try {
    const length = readSync(file, head, 0, head.length, 0)
    const program = /^#!\s*(\/[^\s]+)/.exec(head.toString('utf8', 0, length))?.[1]
    return program !== undefined && isProgram(program) ? [program, realpathSync(program)] : []
  } finally {
    closeSync(file)
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // Not here, or not for us: the next directory of the path may have it.
    return false
  }
}
