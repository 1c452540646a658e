import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isProgram, placesOf } from '../requirements/on-machine.js'
import { whyMissing } from '../requirements/this-machine.ts'
import { requirements } from '../requirements/requirement.ts'

/** A program of the host that the lab's shell offers. `argv` runs it inside the bastion. */
export type ClientProgram =
  | {
      readonly kind: 'found'
      readonly name: string
      readonly argv: readonly [string, ...string[]]
      /** What it needs of the host that a sandbox would not see: [outside, inside]. */
      readonly binds: readonly (readonly [from: string, to: string])[]
    }
  | { readonly kind: 'missing'; readonly name: string; readonly why: string }

/** What the user's own machine offers to find them by. */
export interface ClientPlaces {
  /** The user's PATH. */
  readonly searchPath: string
  /** Where the set-up keeps a kubectl of podpath's own; it need not be there. */
  readonly ownKubectl?: string
}

/** Whatever a sandbox does not see by itself: it has the machine's programs and libraries, and nothing else of it. */
const isHidden = (path: string): boolean =>
  !/^\/(usr|bin|sbin|lib[^/]*|nix\/store|gnu\/store)(\/|$)/.test(path)

/** A home, or what homes stand in: never shown whole. */
const isHome = (path: string): boolean =>
  isHidden(path) && /^(\/|\/root|\/(home|run|tmp|mnt|media)(\/[^/]+)?|\/var\/tmp)$/.test(path)

/** Where a kubectl of podpath's own stands in the bastion: that file alone is shown there. */
const ownInside = '/opt/podpath/kubectl'

/** Finds what the lab's shell offers of the user's own programs, as the user's own shell would. */
export const findClientPrograms = (places: ClientPlaces): readonly ClientProgram[] =>
  requirements.flatMap(({ client, programs }) =>
    client === true ? programs.map((name) => findClientProgram(name, places)) : [],
  )

/** The first on the user's PATH that can be shown; podpath's own kubectl where there is none, or none that runs. */
export function findClientProgram(name: string, { searchPath, ownKubectl }: ClientPlaces): ClientProgram {
  const places = placesOf(name, searchPath).map((path) => showable(name, path))
  const found = places.find((one) => one.kind === 'found')
  if (
    name === 'kubectl' &&
    ownKubectl !== undefined &&
    isProgram(ownKubectl) &&
    !(found && runs(found.argv[0]))
  )
    return { kind: 'found', name, argv: [ownInside], binds: [[ownKubectl, ownInside]] }
  return found ?? places[0] ?? { kind: 'missing', name, why: `podpath: ${whyMissing(name)}` }
}

/** What must be shown of the machine so that the program at this path runs inside. */
function showable(name: string, path: string): ClientProgram {
  const needs = [path, realpathSync(path)].flatMap((one) => [one, ...interpreterOf(one)])
  const binds = new Map<string, string>()
  for (const need of needs.filter(isHidden)) {
    const installed = installation(need)
    if (installed === undefined)
      return {
        kind: 'missing',
        name,
        why: `podpath: ${name} lies in a home directory (${path}), which the lab does not show: move it to a directory of its own, then start the lab again`,
      }
    for (const directory of installed) binds.set(directory, directory)
  }
  return { kind: 'found', name, argv: [path], binds: [...binds] }
}

/** A link to nowhere, or the program of another processor, is found and does not run. */
const runs = (kubectl: string): boolean =>
  spawnSync(kubectl, ['version', '--client'], { stdio: 'ignore', timeout: 10_000 }).status === 0

/**
 * The directories a program was installed to: the one above its `bin` or `shims`. A home's own `bin` stands for itself,
 * and of ~/.local, where everybody keeps everything, there is no more than programs and their libraries.
 */
function installation(program: string): readonly string[] | undefined {
  const directory = dirname(program)
  const above = dirname(directory)
  if (basename(above) === '.local') return [directory, join(above, 'lib')].filter((path) => existsSync(path))
  if (['bin', 'sbin', 'shims'].includes(basename(directory)) && !isHome(above)) return [above]
  return isHome(directory) ? undefined : [directory]
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
