import type { StepResult } from './run-step.ts'

/** How much of what a failed command wrote is shown, in lines. */
const shownLines = 60

const mark = ({ faults }: StepResult): string => (faults.length === 0 ? '✓' : '✗')

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`

/** One command's line while the tests go on; with what it wrote when it failed. */
export function told(result: StepResult): string {
  const { step, faults, written, milliseconds } = result
  const line = `  ${mark(result)} ${step.command}  ${seconds(milliseconds)}`
  if (faults.length === 0) return line
  const last = written.trimEnd().split('\n').slice(-shownLines)
  return [line, ...faults.map((fault) => `      ${fault}`), ...last.map((one) => `      | ${one}`)].join('\n')
}

/** The table at the end. */
export function summary(
  runs: readonly { readonly title: string; readonly results: readonly StepResult[] }[],
): string {
  const all = runs.flatMap(({ results }) => results)
  const failed = all.filter(({ faults }) => faults.length > 0).length
  return [
    ...runs.flatMap(({ title, results }) => [
      '',
      title,
      ...results.map(
        (result) =>
          `  ${mark(result)} ${seconds(result.milliseconds).padStart(8)}  ${result.step.command}${
            result.faults.length === 0 ? '' : `: ${result.faults.join('; ')}`
          }`,
      ),
    ]),
    '',
    `${all.length - failed} passed, ${failed} failed`,
    '',
  ].join('\n')
}
