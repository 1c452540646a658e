/** Tables in which something cannot be what the kernel printed: a route left out of one would make another one decide. */
import { lineOfPath } from '../edge/json-line.ts'
import { readAddresses, readLinks } from '../linux/ip/link.ts'
import { readRoutesJson, readRoutesText } from '../linux/ip/route.ts'
import { readRulesJson, readRulesText } from '../linux/ip/rule.ts'
import type { Bundle } from './bundle.ts'
import type { BundleProblem } from './validate.ts'

type Problems = { readonly problems: readonly string[] }

const readers: Readonly<Record<string, (text: string) => Problems>> = {
  'link.json': readLinks,
  'addr.json': readAddresses,
  'route.json': (text) => readRoutesJson(text, null),
  'route.txt': (text) => readRoutesText(text, null),
  'route6.json': (text) => readRoutesJson(text, 6),
  'route6.txt': (text) => readRoutesText(text, 6),
  'rule.json': (text) => readRulesJson(text, 4),
  'rule.txt': (text) => readRulesText(text, 4),
  'rule6.json': (text) => readRulesJson(text, 6),
  'rule6.txt': (text) => readRulesText(text, 6),
}

/** The first row of an interface, address, route or rule that cannot be read; null: every one can. */
export function damagedTable({ index, files }: Bundle): BundleProblem | null {
  for (const { dir } of index.stacks)
    for (const [name, read] of Object.entries(readers)) {
      const file = `${dir}/${name}`
      const text = files.get(file)
      const [problem] = text === undefined ? [] : read(text).problems
      if (text === undefined || problem === undefined) continue
      const [, kind, number = '0', message = problem] =
        /^(element|line) (\d+)(?:: )?(.*)$/s.exec(problem) ?? []
      if (kind === 'line') return { file, line: Number(number), message }
      return { file, line: lineOfPath(text, [Number(number)]), message: message.trim() }
    }
  return null
}
