import { expect, test } from 'vitest'
import { readMany } from './read-many.ts'

const ping = (address: string, ...said: readonly string[]): string =>
  [
    `PING ${address} (${address}) 56(84) bytes of data.`,
    ...said,
    '',
    `--- ${address} ping statistics ---`,
    `1 packets transmitted, ${said.some((line) => line.includes('bytes from')) ? 1 : 0} received, 0% packet loss, time 0ms`,
  ].join('\n')

const answered = { outcome: 'answered' }

test.each([
  {
    because: 'what fping heard is an answer, and what ping heard is',
    stdout: `#podpath sender 0
#podpath heard 0 0.04
#podpath target 1
${ping('10.0.0.2', '64 bytes from 10.0.0.2: icmp_seq=1 ttl=62 time=0.185 ms')}`,
    targets: [2],
    want: [[answered, answered]],
  },
  {
    because: 'senders are told apart, in whatever order they end',
    stdout: `#podpath sender 1
#podpath heard 0 0.04
#podpath sender 0
#podpath target 0
${ping('10.0.0.2')}`,
    targets: [1, 1],
    want: [[{ outcome: 'silent' }], [answered]],
  },
  {
    because: 'an ICMP error is told with who sent it',
    stdout: `#podpath sender 0\n#podpath target 0\n${ping('10.0.0.2', 'From 10.0.0.9 icmp_seq=1 Destination Host Unreachable')}`,
    targets: [1],
    want: [[{ outcome: 'silent', error: 'Destination Host Unreachable (from 10.0.0.9)' }]],
  },
  {
    because: 'without a route nothing is sent',
    stdout: '#podpath sender 0\n#podpath target 0\nping: connect: Network is unreachable',
    targets: [1],
    want: [[{ outcome: 'not-sent', error: 'connect: Network is unreachable' }]],
  },
  {
    because: 'a pod that is gone sends nothing',
    stdout: '#podpath sender 0\n#podpath absent no process has it\n#podpath sender 1\n#podpath heard 0 1',
    targets: [2, 1],
    want: [
      [
        { outcome: 'not-sent', error: 'no process has it: has the pod moved or ended?' },
        { outcome: 'not-sent', error: 'no process has it: has the pod moved or ended?' },
      ],
      [answered],
    ],
  },
  {
    because: 'who was not asked for is nobody, and what was not told is not known',
    stdout:
      '#podpath heard 0 1\n#podpath sender 7\n#podpath heard 0 1\n#podpath sender 0\n#podpath heard 5 1\n#podpath heard x 1\n#podpath target -1',
    targets: [1],
    want: [[undefined]],
  },
])('icmp: $because', ({ stdout, targets, want }) => {
  expect(readMany('icmp', `${stdout}\n`, targets)).toEqual(want)
})

test('tcp: a connection, a refusal, one that never came, and one without a way', () => {
  const stdout = `#podpath sender 0
#podpath target 2
#podpath exit 124
#podpath target 0
#podpath exit 0
#podpath target 1
#podpath exit 1
bash: connect: Connection refused
bash: line 6: /dev/tcp/10.0.0.2/81: Connection refused
#podpath target 3
#podpath exit 1
bash: connect: Network is unreachable
`
  expect(readMany('tcp', stdout, [4])).toEqual([
    [
      answered,
      { outcome: 'refused', error: 'Connection refused' },
      { outcome: 'silent', error: 'timed out' },
      { outcome: 'silent', error: 'Network is unreachable' },
    ],
  ])
})
