import { expect, test } from 'vitest'
import { imagePrograms } from '../reach/programs.ts'
import { readRecording } from './snapshot.ts'

const n1 = { node: 'n1', programs: imagePrograms }

/** What the script prints for one stack: name, exit status, output. */
const recorded = (...outputs: readonly (readonly [string, number, string])[]): Buffer =>
  Buffer.from(
    `#podpath 0${outputs.map(([name, exit]) => ` ${name}:${exit}`).join('')}\n` +
      outputs.map(([, , text]) => `${Buffer.byteLength(text)}\n`).join('') +
      outputs.map(([, , text]) => text).join('') +
      '#podpath 0 .end:0\n0\n',
  )
const files = (...outputs: readonly (readonly [string, number, string])[]) =>
  Object.fromEntries(
    readRecording(n1, ['node/n1'], recorded(...outputs), '').files.map(([path, text]) => [
      path.split('/').at(-1),
      text,
    ]),
  )

test.each([
  {
    because: 'one backend has rules, and it is the agent’s',
    outputs: [
      ['iptables-save.txt', 0, 'nft rules'],
      ['iptables-legacy-save.txt', 0, ''],
    ],
    want: { 'iptables-save.txt': 'nft rules' },
  },
  {
    because: 'one backend has rules, and it is not the agent’s: the node uses the other',
    outputs: [
      ['iptables-save.txt', 0, ''],
      ['iptables-legacy-save.txt', 0, 'legacy rules'],
    ],
    want: { 'iptables-save.txt': 'legacy rules' },
  },
  {
    because: 'both have rules: both are kept',
    outputs: [
      ['iptables-save.txt', 0, 'nft rules'],
      ['iptables-legacy-save.txt', 0, 'legacy rules'],
    ],
    want: { 'iptables-save.txt': 'nft rules', 'iptables-legacy-save.txt': 'legacy rules' },
  },
  {
    because: 'there are no rules at all',
    outputs: [['iptables-save.txt', 0, '']],
    want: { 'iptables-save.txt': '' },
  },
  {
    because: 'a kernel lacks some of the parameters that were asked for',
    outputs: [['sysctl', 2, '/proc/sys/net/ipv4/ip_forward:1\n']],
    want: { 'sysctl.txt': 'net.ipv4.ip_forward = 1\n' },
  },
] as const)('$because', ({ outputs, want }) => {
  expect(files(...outputs)).toEqual(want)
})

test.each([
  {
    exit: 127,
    stderr: '#0 nft.json\nsh: nft: not found\n',
    because: 'the agent image has no nft: choose another --agent-image',
  },
  { exit: 153, stderr: '', because: 'it is too large' },
  {
    exit: 1,
    stderr: '#0 nft.json\nOperation not permitted (you must be root)\n',
    because: 'Operation not permitted (you must be root)',
  },
  { exit: 4, stderr: '', because: 'the command exited 4' },
])('a command that exited $exit is a gap: $because', ({ exit, stderr, because }) => {
  const { files: kept, gaps } = readRecording(
    n1,
    ['node/n1'],
    recorded(['nft.json', exit, 'half of it']),
    stderr,
  )
  expect(kept).toEqual([])
  expect(gaps).toEqual([{ at: 'node/n1', what: 'nft.json', because }])
})

test('an answer that was cut is a gap, and what arrived is kept', () => {
  const whole = recorded(['link.json', 0, '[]'], ['addr.json', 0, '[]'])
  const { files: kept, gaps } = readRecording(n1, ['node/n1'], whole.subarray(0, -21), '')
  expect(kept.map(([path]) => path)).toEqual(['stacks/node_n1/link.json'])
  expect(gaps.map(({ because }) => because)).toEqual(['the answer ends inside a parcel'])
})
