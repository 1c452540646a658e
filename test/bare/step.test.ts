import { expect, test } from 'vitest'
import { faults, type Step } from './step.ts'

const status: Step = { command: 'npx podpath lab status', because: 'a test', shows: [/^node /m] }
const capture: Step = {
  ...status,
  until: { ready: /listening/, elsewhere: 'ping', seen: /echo/ },
}

test.each([
  { step: status, exit: 0, written: 'node one\n', not: [], because: 'it ends well and shows what it must' },
  {
    step: { ...status, shows: [/Tests +\d+ passed/] },
    exit: 0,
    written: '\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[32m2065 passed\u001b[39m\u001b[22m\n',
    not: [],
    because: 'colours are no part of what is shown',
  },
  {
    step: status,
    exit: 0,
    written: 'nothing\n',
    not: ['nothing like /^node /m'],
    because: 'what must be shown is not',
  },
  {
    step: status,
    exit: 3,
    written: 'node one\n',
    not: ['exit status 3, where 0 was due'],
    because: 'it ends otherwise than it must',
  },
  { step: { ...status, exit: 3 }, exit: 3, written: 'node one\n', not: [], because: 'it fails as it must' },
  {
    step: status,
    exit: 124,
    written: 'node one\n',
    not: ['did not end in time'],
    because: 'its time is over',
  },
  {
    step: status,
    exit: 0,
    written: 'node one\nbash: line 1: kubectl: command not found\n',
    not: ['command not found'],
    because: 'a program is missing, whatever the exit status says',
  },
  {
    step: status,
    exit: 0,
    written: 'node one\nsh: 1: dig: not found\n',
    not: ['sh: 1: dig: not found'],
    because: 'dash has other words for it',
  },
  {
    step: capture,
    exit: 130,
    written: 'node one\n',
    not: [],
    because: 'npx ends by the Ctrl-C that ends its program',
  },
  {
    step: status,
    exit: 130,
    written: 'node one\n',
    not: ['exit status 130, where 0 was due'],
    because: 'nobody pressed Ctrl-C',
  },
])('$because', ({ step, exit, written, not }) => {
  expect(faults(step, { exit, written })).toEqual(not)
})
