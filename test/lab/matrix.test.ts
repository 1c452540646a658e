import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MatrixCell, MatrixResult } from '../../src/model/result/matrix.ts'
import { labUp, type TestLab } from './lab.ts'

/** Who reaches whom in a lab with a hole in it: predicted, tried, and predicted again from a record. Needs namespaces. */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=matrix'])
})
afterAll(async () => {
  await lab.down()
})

const cellsOf = (result: MatrixResult): readonly (MatrixCell | null)[] => result.cells.flat()
const cell = (result: MatrixResult, from: number, to: number): MatrixCell | null | undefined => {
  const row = result.from.findIndex((end) => end.address === lab.addresses[from - 1])
  const column = result.to.findIndex((end) => end.address === lab.addresses[to - 1])
  return result.cells[row]?.[column]
}

test('in a sound lab every pod reaches every other, by prediction and by ping', async () => {
  const ended = await lab.podpath(
    'matrix',
    'deploy/netshoot-pod',
    '--lab=matrix',
    '--probe',
    '--timeout',
    '3',
    '--json',
  )
  const result = JSON.parse(ended.stdout) as MatrixResult
  expect(ended.status).toBe(0)
  expect(result.verdict).toBe('delivered')
  expect(result.from.map((end) => end.address)).toEqual(lab.addresses)
  expect(cellsOf(result).filter((one) => one === null)).toHaveLength(3)
  expect(cellsOf(result).filter((one) => one?.probe?.outcome === 'answered' && one.agrees)).toHaveLength(6)
})

test('a rule against one pair is one hole each way, with its line; the record of the cluster says the same', async () => {
  const [one = '', , three = ''] = lab.addresses
  const rule = `FORWARD -s ${one}/32 -d ${three}/32 -j DROP`
  await lab.onNode(1, `iptables -I ${rule.replace('FORWARD', 'FORWARD 1')}`)
  const directory = mkdtempSync(join(tmpdir(), 'podpath-test-'))
  try {
    const ended = await lab.podpath('matrix', 'deploy/netshoot-pod', '--lab=matrix', '--probe', '--json')
    const result = JSON.parse(ended.stdout) as MatrixResult
    expect(ended.status).toBe(1)
    expect(result.verdict).toBe('dropped')
    expect(cell(result, 1, 3)).toMatchObject({
      predicted: 'dropped',
      probe: { outcome: 'silent' },
      agrees: true,
    })
    expect(cell(result, 3, 1)).toMatchObject({
      predicted: 'dropped',
      probe: { outcome: 'silent' },
      agrees: true,
    })
    expect(cell(result, 1, 2)).toMatchObject({ predicted: 'delivered', agrees: true })
    expect(result.reasons.map(({ at, by, ofReply }) => ({ at, by, ofReply }))).toEqual([
      { at: `node/${lab.nodes[0] ?? ''}`, by: `-A ${rule}`, ofReply: false },
      { at: `node/${lab.nodes[0] ?? ''}`, by: `-A ${rule}`, ofReply: true },
    ])

    const bundle = join(directory, 'bundle')
    expect((await lab.podpath('snapshot', '--lab=matrix', '--out', bundle)).status).toBe(0)
    const recorded = await lab.podpath('matrix', '--bundle', bundle, '--json')
    const again = JSON.parse(recorded.stdout) as MatrixResult
    expect(recorded.status).toBe(1)
    expect(cell(again, 1, 3)?.predicted).toBe('dropped')
    expect(cell(again, 2, 3)?.predicted).toBe('delivered')

    const file = join(directory, 'bundle.podpath.tgz')
    expect((await lab.podpath('snapshot', '--lab=matrix', '--out', file)).status).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const handedOver = await lab.podpath('matrix', '--bundle', file, '--json')
    expect((JSON.parse(handedOver.stdout) as MatrixResult).cells).toEqual(again.cells)

    const named = await lab.podpath(
      'matrix',
      '--bundle',
      bundle,
      'deploy/netshoot-pod',
      '--to',
      'svc/kube-system/kube-dns:53',
      '--protocol',
      'udp',
      '--json',
    )
    const byName = JSON.parse(named.stdout) as MatrixResult
    expect(byName.from.map((end) => end.address)).toEqual(lab.addresses)
    expect(byName.to.map((end) => end.name)).toEqual([
      ...byName.from.map((end) => end.name),
      'kube-system/kube-dns:53',
    ])
    expect(byName.cells.map((row) => row.at(-1)?.predicted)).toEqual(['delivered', 'delivered', 'delivered'])
  } finally {
    rmSync(directory, { recursive: true, force: true })
    await lab.onNode(1, `iptables -D ${rule}`)
  }
})

test.each([
  {
    words: ['matrix', '--lab=matrix', '--probe', '--protocol', 'udp'],
    says: /unanswered udp datagram proves nothing/,
  },
  { words: ['matrix', 'no-such-pod', '--lab=matrix'], says: /there is no pod "no-such-pod"/ },
  { words: ['matrix', '--bundle', '/nonexistent'], says: /nonexistent/ },
  { words: ['matrix', '--lab=matrix', '--to', 'www.google.com'], says: /a host name is for podpath trace/ },
])('$words: one line and status 2', async ({ words, says }) => {
  const ended = await lab.podpath(...words)
  expect(ended.status).toBe(2)
  expect(ended.stderr).toMatch(says)
  expect(ended.stdout).toBe('')
})
