import { readFileSync } from 'node:fs'
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { faultOfSave } from './iptables-save-fault.ts'

const dump = readFileSync(new URL('../fixtures/iptables-save.txt', import.meta.url), 'utf8')
const one = '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j ACCEPT\nCOMMIT\n'

test.each([
  { because: 'a real dump is whole', text: dump },
  { because: 'a stack without rules prints nothing', text: '' },
  { because: 'nothing but remarks', text: '# Warning: iptables-legacy tables present\n\n' },
  { because: 'counters stand before rules with -c', text: one.replace('-A', '[1:2] -A') },
  { because: 'a file may come from Windows', text: one.replaceAll('\n', '\r\n') },
  { because: 'the last newline may be missing', text: one.trimEnd() },
])('no fault, because $because', ({ text }) => {
  expect(faultOfSave(text)).toBeNull()
})

test.each([
  {
    because: 'the program could not run',
    text: 'sh: 1: iptables-save: not found\n',
    line: 1,
    says: /no such line: "sh: 1: iptables-save: not found"/,
  },
  {
    because: 'the lock was held, after the first table',
    text: `${one}Another app is currently holding the xtables lock.\n`,
    line: 5,
    says: /Another app/,
  },
  {
    because: 'it is a listing',
    text: 'Chain INPUT (policy ACCEPT 0 packets, 0 bytes)\n',
    line: 1,
    says: /Chain INPUT/,
  },
  {
    because: 'the next table begins before COMMIT',
    text: '*nat\n*filter\nCOMMIT\n',
    line: 2,
    says: /\*filter/,
  },
  {
    because: 'it was cut behind a rule',
    text: one.replace('COMMIT\n', ''),
    line: 3,
    says: /"nat" ends without COMMIT/,
  },
  { because: 'it was cut in COMMIT', text: one.replace('COMMIT\n', 'COMM'), line: 4, says: /"COMM"/ },
  { because: 'it was cut in a rule', text: one.slice(0, 40), line: 3, says: /ends without COMMIT/ },
])('a fault with its line, because $because', ({ text, line, says }) => {
  const fault = faultOfSave(text)
  expect(fault?.line).toBe(line)
  expect(fault?.message).toMatch(says)
})

property.prop([fc.nat({ max: dump.length })])('cut anywhere in a table, it is told', (end) => {
  const cut = dump.slice(0, end)
  const begun = (cut.match(/^\*/gm) ?? []).length
  const done = (cut.match(/^COMMIT$/gm) ?? []).length
  expect(faultOfSave(cut) === null).toBe(begun === done)
})

property.prop([fc.string({ unit: 'binary' })])('no text makes it throw', (text) => {
  faultOfSave(text)
})
