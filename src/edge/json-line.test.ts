import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { lineOfPath } from './json-line.ts'

const text = `{
  "version": 1,
  "stacks": [
    {"id": "a",
     "dir": "}]\\"{["},
    {"id": "b"}
  ],
  "version":
    2
}`

test.each([
  { path: [], line: 1 },
  { path: ['stacks'], line: 3 },
  { path: ['stacks', 0, 'dir'], line: 5 },
  { path: ['stacks', 1], line: 6 },
  { path: ['stacks', 1, 'dir'], line: 6 },
  { path: ['stacks', 7, 'dir'], line: 3 },
  { path: ['version'], line: 9 },
  { path: ['nothing', 'at', 'all'], line: 1 },
  { path: ['version', 'deeper'], line: 9 },
])('$path begins on line $line', ({ path, line }) => {
  expect(lineOfPath(text, path)).toBe(line)
})

/** Every path of a value. */
function pathsOf(value: unknown): readonly (readonly (string | number)[])[] {
  const inside =
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(
          ([key, child]) => [Array.isArray(value) ? Number(key) : key, child] as const,
        )
      : []
  return [[], ...inside.flatMap(([key, child]) => pathsOf(child).map((path) => [key, ...path]))]
}

property.prop([fc.jsonValue({ maxDepth: 5 }).filter((one) => !JSON.stringify(one).includes('__proto__'))])(
  'what stands alone on its line is found there',
  (value) => {
    const mark = 'the mark'
    for (const path of pathsOf(value)) {
      const marked = structuredClone(value)
      if (path.length === 0) continue
      let parent = marked as Record<string | number, unknown>
      for (const key of path.slice(0, -1)) parent = parent[key] as Record<string | number, unknown>
      parent[path.at(-1)!] = mark
      const lines = JSON.stringify(marked).replace(`"${mark}"`, `\n"${mark}"`)
      expect(lineOfPath(lines, path)).toBe(2)
    }
  },
)
