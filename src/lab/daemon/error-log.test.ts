import { expect, test } from 'vitest'
import { errorLog } from './error-log.ts'

const written = () => {
  const texts: string[] = []
  const report = errorLog((text) => texts.push(text))
  return { report, text: () => texts.join('') }
}

test('an error is written with its stack, and what is none as it is', () => {
  const { report, text } = written()
  report(new TypeError('no such thing'))
  report('sshd ended')
  expect(text()).toMatch(/^TypeError: no such thing\n {4}at .*\n[^]*\nsshd ended\n$/)
})

test('a guest’s words are no commands to the terminal that shows them', () => {
  const { report, text } = written()
  report(new SyntaxError('Unexpected token \u001b]0;X\u0007\u009b2J\u202e'))
  expect(text()).toMatch(/^SyntaxError: Unexpected token \]0;X2J\n/)
})

test.each([
  { because: 'one error again and again', error: () => new Error('x') },
  { because: 'errors as long as they can be made', error: () => new Error('é'.repeat(1_000_000)) },
])('$because ends with a line that says so', ({ error }) => {
  const { report, text } = written()
  for (let i = 0; i < 20_000; i++) report(error())
  expect(Buffer.byteLength(text())).toBeLessThan(1.1 * 1024 * 1024)
  expect(text()).toMatch(/\nThat was 1 MiB of errors; no more are written down\n$/)
})
