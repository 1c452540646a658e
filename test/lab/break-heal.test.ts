import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultCodes, type FaultCode } from '../../src/model/lab/fault.ts'
import { faults } from '../../src/lab/fault/catalogue.ts'
import type { RunResult } from '../../src/model/result/result.ts'
import { kernelState, objectState, vpcState } from './lab-state.ts'
import { labUp, type TestLab } from './lab.ts'

/**
 * Every fault that `lab break` knows is done to a lab that is up, shown by the very flow that it names, and healed to the
 * byte; at the end the lab is as it was. Needs namespaces.
 */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=faults'])
})
afterAll(async () => {
  await lab.down()
})

/** Where it is found and the line that is named, or what is found where the fault is that a line is not there. */
const found: {
  readonly [Code in FaultCode]?:
    | { readonly at: RegExp; readonly by: RegExp }
    | { readonly at: RegExp; readonly missing: string }
    | 'delivered'
} = {
  'forward-rule': { at: /^node\//, by: /^-A FORWARD -s \S+ -d \S+ -j DROP$/ },
  'forward-policy': { at: /^node\//, by: /^:FORWARD DROP/ },
  'ip-forward-off': { at: /^node\//, by: /^net\.ipv4\.ip_forward = 0$/ },
  'blackhole-route': { at: /^node\//, by: /^blackhole \d/ },
  'prohibit-rule': { at: /^node\//, by: /^100:\s+from \S+ to \S+ prohibit/ },
  'pod-route-missing': { at: /^node\//, missing: 'POD_ROUTE_MISSING' },
  'pod-default-route-missing': { at: /^pod\//, missing: 'DEFAULT_ROUTE_MISSING' },
  'veth-address-changed': { at: /^(pod|node)\//, by: /lladdr/ },
  'snat-missing': { at: /^node\//, missing: 'SNAT_MISSING' },
  // It arrives all the same, from another source than it should.
  'snat-exclusion-missing': 'delivered',
  'rp-filter-strict': { at: /^node\//, by: /^net\.ipv4\.conf\.eth0\.rp_filter = 1$/ },
  'mark-rule-missing': { at: /^node\//, missing: 'MARK_RULE_MISSING' },
  'source-rule-missing': { at: /^node\//, missing: 'SOURCE_RULE_MISSING' },
  'source-rule-stale': { at: /^node\//, by: /^1536:\s+from \S+ lookup 2/ },
  'security-group-closed': { at: /^vpc\//, by: /^sg-\w+: no ingress rule allows/ },
  'network-acl-deny': { at: /^vpc\//, by: /^acl-\w+: ingress 1 deny/ },
  'internet-route-missing': { at: /^vpc\//, by: /^rtb-\w+: no route matches/ },
}

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

/** In a lab with public subnets. */
const possible = faultCodes.filter((code) => faults[code].only !== 'private-subnets')

/** What a fault of this room may touch. */
const stateFor = (code: FaultCode): Promise<unknown> => {
  const { at } = faults[code]
  if (at === 'vpc') return vpcState(lab)
  return at === 'kubernetes' ? Promise.all([kernelState(lab), objectState(lab)]) : kernelState(lab)
}
/** It has other pods then, with other addresses. */
const withoutItsPods = new Set<FaultCode>(['dns-scaled-to-zero'])

const traced = async (words: readonly string[]): Promise<RunResult> => {
  const { stdout, stderr, status } = await lab.podpath(...words, '--json', '--timeout', '1')
  if (stdout === '') throw new Error(`trace said nothing: exit ${status}: ${stderr}`)
  return JSON.parse(stdout) as RunResult
}
const answers = (result: RunResult): number => result.traces[0]?.probe?.received ?? 0
/** What tells one way from another: who rewrote the packet, and how many routers the answer passed. */
const way = ({ traces: [trace] }: RunResult) => ({
  translations: trace?.translations.map(({ kind }) => kind),
  ttl: trace?.probe?.replyTtl,
})

describe.each(Object.entries(undoneByHand))('%s, mended by hand', (code, mend) => {
  test('is left as it is by heal', { timeout: 240_000 }, async () => {
    const before = await stateFor(code as FaultCode)
    expect((await lab.podpath('lab', 'break', code, '--name', 'faults')).status).toBe(0)
    await mend()
    const healed = await lab.podpath('lab', 'heal', code, '--name', 'faults', '--lang', 'en')
    expect(healed.stdout).toContain(code)
    expect(healed.status).toBe(0)
    if (!flushed.has(code as FaultCode)) expect(await stateFor(code as FaultCode)).toEqual(before)
  })
})

// CoreDNS' pods, the only ones on later ENIs, are others after the last of these.
describe.each(possible)('%s', (code) => {
  test('is done, shown by the flow that it names, and undone', { timeout: 240_000 }, async () => {
    const before = await stateFor(code)
    const broke = await lab.podpath('lab', 'break', code, '--name', 'faults', '--lang', 'en')
    expect(broke.stderr).toBe('')
    expect(broke.status).toBe(0)
    const words = /to see it: podpath (trace .*)$/m.exec(broke.stdout)?.[1]?.split(' ') ?? []
    let broken: RunResult
    try {
      broken = await traced(words)
      const expected = found[code]
      if (expected === 'delivered') {
        expect(broken.verdict).toBe('delivered')
        expect(broken.traces[0]?.translations.map((one) => one.kind)).toEqual(['SNAT'])
      } else if (expected) {
        const errors = broken.findings.filter((one) => one.severity === 'error')
        expect(
          errors.some(
            (one) =>
              expected.at.test(one.at) &&
              ('missing' in expected ? one.code === expected.missing : expected.by.test(one.by ?? '')),
          ),
          JSON.stringify(errors.map(({ code: what, at, by }) => ({ what, at, by }))),
        ).toBe(true)
      }
    } finally {
      const healed = await lab.podpath('lab', 'heal', code, '--name', 'faults', '--lang', 'en')
      expect(healed.stderr).toBe('')
      expect(healed.stdout).toContain(code)
      expect(healed.status).toBe(0)
    }
    switch (faults[code].shows) {
      case undefined:
      case 'lost':
        expect(answers(broken)).toBe(0)
        break
      case 'sometimes-lost':
        expect(answers(broken)).toBeLessThan(broken.traces[0]?.probe?.sent ?? 0)
        break
      case 'misdirected':
        expect(answers(broken)).toBe(1)
        expect(way(broken)).not.toEqual(way(await traced(words)))
    }
    if (withoutItsPods.has(code)) expect(await objectState(lab)).toEqual((before as readonly unknown[])[1])
    else expect(await stateFor(code)).toEqual(before)
  })
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
    await traced(words)
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

test('after all of that the lab is sound: every statement of the tutorial holds', async () => {
  const { ended, result } = await lab.verify()
  expect(result.findings).toEqual([])
  expect(ended.status).toBe(0)
})

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
