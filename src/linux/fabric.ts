/** The files of a bundle → the fabric: its stacks and wires, with the VPC that the caller has read. */
import { parseJson } from '../edge/json.ts'
import type { Fabric, Wire } from '../model/fabric/fabric.ts'
import type { Gap } from '../model/result/result.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import type { Vpc } from '../model/vpc/vpc.ts'
import { derivedStack } from './derived-line.ts'
import { clean, excerpt } from './reading.ts'
import { isRow, rowsOf, textOf } from './record.ts'
import { readStack } from './stack.ts'

export interface ReadFabric {
  readonly fabric: Fabric
  readonly gaps: readonly Gap[]
}

/**
 * Reads `bundle.json` and the stacks that it names.
 * @param files path inside the bundle (`bundle.json`, `stacks/NAME/link.json`) → what is in it
 * @param vpc what the room `aws` read from `ec2/*.json`, or null
 */
export function readFabric(files: ReadonlyMap<string, string>, vpc: Vpc | null): ReadFabric {
  const steps = fabricSteps(files, vpc)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** The same, a stack at a time: a large node takes half a second, and there may be hundreds. */
export function* fabricSteps(
  files: ReadonlyMap<string, string>,
  vpc: Vpc | null,
): Generator<undefined, ReadFabric, undefined> {
  const gaps: Gap[] = []
  const gap = (because: string): void => {
    gaps.push({ at: 'bundle', what: 'bundle.json', because })
  }
  const manifest = parseManifest(files.get('bundle.json'), gap)
  const byDirectory = new Map<string, Map<string, string>>()
  for (const [path, text] of files) {
    const slash = path.lastIndexOf('/')
    if (slash < 0) continue
    const directory = path.slice(0, slash)
    const inside = byDirectory.get(directory) ?? new Map<string, string>()
    byDirectory.set(directory, inside)
    inside.set(path.slice(slash + 1), text)
  }
  const stacks: NetworkStack[] = []
  const seen = new Set<string>()
  for (const { id, directory, derived } of manifest.stacks) {
    if (seen.has(id)) {
      gap(`the stack ${excerpt(id)} is named twice; the first is used`)
      continue
    }
    seen.add(id)
    const read = readStack(id, byDirectory.get(directory) ?? new Map(), derived !== undefined)
    stacks.push(derived === undefined ? read.stack : derivedStack(read.stack, derived))
    gaps.push(...read.gaps)
    yield
  }
  return { fabric: { stacks, wires: manifest.wires, vpc }, gaps }
}

interface Manifest {
  readonly stacks: readonly {
    readonly id: string
    readonly directory: string
    readonly derived: string | undefined
  }[]
  readonly wires: readonly Wire[]
}

function parseManifest(text: string | undefined, gap: (because: string) => void): Manifest {
  const none: Manifest = { stacks: [], wires: [] }
  if (text === undefined) {
    gap('the file is missing')
    return none
  }
  const said = parseJson(text)
  if ('problem' in said) {
    gap(`line ${said.line}: ${said.problem}`)
    return none
  }
  const parsed = said.value
  if (!isRow(parsed)) {
    gap('not a JSON object')
    return none
  }
  const stacks = rowsOf(parsed, 'stacks').flatMap((row) => {
    const id = textOf(row, 'id')
    const directory = textOf(row, 'dir')
    if (id !== undefined && directory !== undefined)
      return [{ id, directory: directory.replace(/\/+$/, ''), derived: textOf(row, 'derived') }]
    gap(`a stack without id or dir: ${excerpt(JSON.stringify(row))}`)
    return []
  })
  const wires = rowsOf(parsed, 'wires').flatMap((row) => {
    const a = endOf(row['a'])
    const b = endOf(row['b'])
    if (a && b) return [{ a, b }]
    gap(`a wire without two ends: ${excerpt(JSON.stringify(row))}`)
    return []
  })
  return { stacks, wires }
}

function endOf(value: unknown): Wire['a'] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [stack, name] = value as unknown[]
  if (typeof stack !== 'string' || typeof name !== 'string') return undefined
  return { stack: clean(stack), interface: clean(name) }
}
