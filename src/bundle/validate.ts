import { parseJson } from '../edge/json.ts'
import { faultOfSave } from '../linux/netfilter/iptables-save-fault.ts'
import { stackKind } from '../model/stack/stack-id.ts'
import type { Bundle } from './bundle.ts'
import { indexFile } from './bundle.ts'

/** Something wrong in a bundle, where a person finds it. */
export interface BundleProblem {
  readonly file: string
  /** From 1; null where it is about the file as a whole. */
  readonly line: number | null
  readonly message: string
}

/** What `ip -json` prints: a list of objects. */
const rows = /^stacks\/.*\/(link|addr|route6?|rule6?|neigh6?|neigh-proxy)\.json$/

const saves = /^stacks\/.*\/ip6?tables-(legacy-)?save\.txt$/

/** A prediction through a stack is impossible without these. */
const indispensable = ['link.json', 'addr.json', 'route.json'] as const

/** What is wrong with a bundle whose index could be read: files that are no JSON or no iptables-save, stacks that lack files, wires to nowhere. */
export function validateBundle({ index, files }: Bundle): readonly BundleProblem[] {
  const problems: BundleProblem[] = []
  for (const [file, text] of files) {
    if (saves.test(file)) {
      const fault = faultOfSave(text)
      if (fault) problems.push({ file, ...fault })
    }
    if (!file.endsWith('.json')) continue
    // Tools that have nothing to print print nothing.
    if (text.trim() === '') continue
    const parsed = parseJson(text)
    if ('problem' in parsed) problems.push({ file, line: parsed.line, message: parsed.problem })
    else if (rows.test(file) && !Array.isArray(parsed.value))
      problems.push({ file, line: 1, message: 'not a JSON list, as `ip -json` prints it' })
  }
  for (const { id, dir } of index.stacks)
    for (const name of indispensable)
      if (!files.has(`${dir}/${name}`))
        problems.push({
          file: `${dir}/${name}`,
          line: null,
          message: `missing: nothing can be predicted through ${id}`,
        })
  const known = new Set(index.stacks.map(({ id }) => id))
  for (const { a, b } of index.wires)
    for (const [stack] of [a, b])
      if (!known.has(stack) && stackKind(stack) !== 'vpc')
        problems.push({
          file: indexFile,
          line: null,
          message: `a wire ends at ${stack}, which is no stack of the bundle`,
        })
  return problems
}
