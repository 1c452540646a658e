import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/** A test that was not run, as far as its reason goes. */
export interface Skipped {
  /** What `skip(note)` was told. */
  readonly note: string | undefined
  /** What it needed failed: its file, a `beforeAll`. */
  readonly afterFailure: boolean
  readonly file: string
}

/** One line for every reason, the commonest first, with how many tests it kept from running. */
export function skipLines(skipped: readonly Skipped[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { note, afterFailure, file } of skipped) {
    const reason = note ?? (afterFailure ? `what ${file} sets up failed` : `${file} gives no reason`)
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${count} skipped: ${reason}`)
}

/** Ends a run with why tests were skipped. Those that were left out by name, with `-t`, are not told. */
export const skipReasons = (write: (text: string) => void): Reporter => ({
  onTestRunEnd(modules) {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].flatMap((test) => skippedOf(module, test)),
    )
    const lines = skipLines(skipped)
    if (lines.length > 0) write(`${lines.map((line) => `     ${line}`).join('\n')}\n\n`)
  },
})

function skippedOf(module: TestModule, test: TestCase): readonly Skipped[] {
  if (test.project.config.testNamePattern?.test(test.fullName) === false) return []
  const result = test.result()
  return [
    {
      note: result.state === 'skipped' ? result.note : undefined,
      afterFailure: hasFailed(test.parent),
      file: module.relativeModuleId,
    },
  ]
}

const hasFailed = (place: TestSuite | TestModule): boolean =>
  place.errors().length > 0 || (place.type === 'suite' && hasFailed(place.parent))
