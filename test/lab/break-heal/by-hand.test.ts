import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultCodes, faultRooms, type FaultCode } from '../../../src/model/lab/fault.ts'
import { labUp, type TestLab } from '../lab.ts'
import { keptState, sharedOut, soundAtTheEnd, traced, type KeptState } from './shown-and-undone.ts'

/** A fault that a reader of its finding has mended before `lab heal`, exercises, and what is refused. Needs namespaces. */

let lab: TestLab
let state: KeptState
beforeAll(async () => {
  lab = await labUp(['--name=faults'])
  state = keptState(lab)
})
afterAll(async () => {
  await lab.down()
})

const onFirst = (script: string) => async () => void (await lab.onNode(1, script))
const restarted = async () => {
  await lab.kubectl('-n', 'kube-system', 'rollout', 'restart', 'daemonset/aws-node')
  await lab.kubectl('-n', 'kube-system', 'rollout', 'status', 'daemonset/aws-node', '--timeout=60s')
}

/** What a reader of the finding may do before `lab heal`, which then finds nothing to undo. */
const undoneByHand: { readonly [Code in FaultCode]?: () => Promise<void> } = {
  'forward-rule': onFirst('iptables -F FORWARD'),
  'blackhole-route': onFirst('ip route flush type blackhole'),
  'prohibit-rule': onFirst('ip rule del pref 100'),
  // As it starts, aws-node writes what is missing of its own.
  'snat-missing': restarted,
  'snat-exclusion-missing': restarted,
  'mark-rule-missing': restarted,
  'internet-route-missing': async () => {
    const { RouteTables } = (await lab.aws('ec2', 'describe-route-tables')) as {
      readonly RouteTables: readonly {
        readonly RouteTableId: string
        readonly Associations: readonly { readonly Main: boolean }[]
      }[]
    }
    const table = RouteTables.find(({ Associations }) => Associations.every(({ Main }) => !Main))
    const { InternetGateways } = (await lab.aws('ec2', 'describe-internet-gateways')) as {
      readonly InternetGateways: readonly { readonly InternetGatewayId: string }[]
    }
    await lab.aws(
      ...['ec2', 'create-route', '--route-table-id', table?.RouteTableId ?? ''],
      ...['--destination-cidr-block', '0.0.0.0/0'],
      ...['--gateway-id', InternetGateways[0]?.InternetGatewayId ?? ''],
    )
  },
}

/** Of these the mending hand took more than the fault. */
const flushed = new Set<FaultCode>(['forward-rule'])

describe.each(Object.entries(undoneByHand))('%s, mended by hand', (code, mend) => {
  test('is left as it is by heal', { timeout: 240_000 }, async () => {
    await state.known(code as FaultCode)
    expect((await lab.podpath('lab', 'break', code, '--name', 'faults')).status).toBe(0)
    await mend()
    const healed = await lab.podpath('lab', 'heal', code, '--name', 'faults', '--lang', 'en')
    expect(healed.stdout).toContain(code)
    expect(healed.status).toBe(0)
    if (flushed.has(code as FaultCode)) state.forget()
    else await state.isAsKnown(code as FaultCode)
  })
})

test('every room of faults is broken in one of the files beside', () => {
  expect(Object.values(sharedOut).flat().toSorted()).toEqual(Object.keys(faultRooms).toSorted())
  for (const name of Object.keys(sharedOut))
    expect(existsSync(join(import.meta.dirname, `${name}.test.ts`)), name).toBe(true)
})

test('what fails behind a NAT gateway alone is refused in public subnets', async () => {
  const broke = await lab.podpath(
    'lab',
    'break',
    'nat-subnet-route-missing',
    '--name',
    'faults',
    '--lang',
    'en',
  )
  expect(broke.status).toBe(2)
  expect(broke.stderr).toMatch(/podpath lab up --subnets private/)
})

test.each([1, 2, 3])(
  'an exercise of level %i: nothing gives it away, hints lead to it, and it is scored',
  { timeout: 240_000 },
  async (level) => {
    const named = ['--name', 'faults', '--lang', 'en']
    const broke = await lab.podpath('lab', 'break', '--random', '--level', String(level), ...named)
    expect(broke.stderr).toBe('')
    expect(broke.status).toBe(0)
    for (const code of faultCodes) expect(broke.stdout).not.toContain(code)
    const status = await lab.podpath('lab', 'status', ...named)
    expect(status.stdout).toContain(`an exercise of level ${level} runs`)
    for (const code of faultCodes) expect(status.stdout).not.toContain(code)
    expect((await lab.podpath('lab', 'break', '--random', ...named)).status).toBe(2)
    const hinted = await lab.podpath('lab', 'hint', ...named)
    const words = /podpath (trace .*)$/m.exec(hinted.stdout)?.[1]?.split(' ') ?? []
    await traced(lab, words)
    const kept = JSON.parse(
      readFileSync(join(lab.where.runtime, 'faults', 'broken.json'), 'utf8'),
    ) as readonly { readonly code: FaultCode }[]
    expect(kept).toHaveLength(level === 3 ? 2 : 1)
    const solved = await lab.podpath('lab', 'solve', ...kept.map(({ code }) => code), '--json', ...named)
    expect(solved.status).toBe(0)
    expect(JSON.parse(solved.stdout)).toMatchObject({ level, hints: 1, questions: 1, missed: [], wrong: [] })
    expect((await lab.podpath('lab', 'solve', 'forward-rule', ...named)).status).toBe(2)
  },
)

soundAtTheEnd(() => lab)

test.each([
  { words: 'lab break no-such-fault', says: /Allowed choices are ip-forward-off/ },
  { words: 'lab break forward-rule --name faults --pod nobody', says: /no pod nobody is ready/ },
  { words: 'lab break forward-rule --name nowhere', says: /no lab nowhere is up/ },
])('$words: one line, and nothing is broken', async ({ words, says }) => {
  const ended = await lab.podpath(...words.split(' '))
  expect(ended.status).toBe(2)
  expect(ended.stderr).toMatch(says)
  expect((await lab.podpath('lab', 'heal', '--name', 'faults', '--lang', 'en')).stdout).toContain(
    'nothing is broken',
  )
})
