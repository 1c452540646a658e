import { jsonText } from '../edge/clean.ts'
import type { ClassMatrix } from '../model/result/class-matrix.ts'

/** A matrix of classes as JSON, a piece at a time: all of it may be more than one text can hold. */
export function* renderClassMatrixJson(result: ClassMatrix): Generator<string> {
  const { version, source, verdict, startedAt, durationMs, protocol, port, work } = result
  const { from, to, classes, cellOf, exceptions, reasons, diagnosis, gaps } = result
  const head = { version, source, verdict, startedAt, durationMs, protocol, port, work }
  yield '{\n'
  for (const [name, value] of Object.entries(head)) yield `  "${name}": ${jsonText(value)},\n`
  yield* listOf('from', from)
  yield* listOf('to', to)
  yield* listOf('classes', classes)
  yield* listOf('cells', rowsOf(classes.length, cellOf))
  yield* listOf('exceptions', exceptions)
  yield* listOf('reasons', reasons)
  yield* listOf('diagnosis', diagnosis)
  yield* listOf('gaps', gaps, '\n}\n')
}

function* rowsOf(size: number, cellOf: ClassMatrix['cellOf']): Generator<readonly unknown[]> {
  for (let from = 0; from < size; from++) yield Array.from({ length: size }, (_, to) => cellOf(from, to))
}

/** One line for each. */
function* listOf(name: string, list: Iterable<unknown>, end = ',\n'): Generator<string> {
  let before = ''
  yield `  "${name}": [`
  for (const one of list) {
    yield `${before}\n    ${jsonText(one)}`
    before = ','
  }
  yield `${before === '' ? '' : '\n  '}]${end}`
}
