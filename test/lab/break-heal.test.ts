import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultCodes, type FaultCode } from '../../src/model/lab/fault.ts'
import type { RunResult } from '../../src/model/result/result.ts'
import { labUp, type TestLab } from './lab.ts'

/**
 * Every fault that `lab break` knows is done to a lab that is up, found by the very command that it names, and healed;
 * at the end the lab is as it was. Needs namespaces.
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
  readonly [Code in FaultCode]:
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

describe.each(faultCodes)('%s', (code) => {
  test('is done, found by the command that it names, and undone', async () => {
    const broke = await lab.podpath('lab', 'break', code, '--name', 'faults', '--lang', 'en')
    expect(broke.stderr).toBe('')
    expect(broke.status).toBe(0)
    try {
      const words = /to see it: podpath (trace .*)$/m.exec(broke.stdout)?.[1]?.split(' ') ?? []
      const traced = await lab.podpath(...words, '--json', '--timeout', '1')
      const result = JSON.parse(traced.stdout) as RunResult
      const expected = found[code]
      if (expected === 'delivered') {
        expect(result.verdict).toBe('delivered')
        expect(result.traces[0]?.translations.map((one) => one.kind)).toEqual(['SNAT'])
        return
      }
      expect(traced.status).toBe(1)
      const errors = result.findings.filter((one) => one.severity === 'error')
      expect(
        errors.some(
          (one) =>
            expected.at.test(one.at) &&
            ('missing' in expected ? one.code === expected.missing : expected.by.test(one.by ?? '')),
        ),
        JSON.stringify(errors.map(({ code: what, at, by }) => ({ what, at, by }))),
      ).toBe(true)
    } finally {
      await undoneByHand[code]?.()
      const healed = await lab.podpath('lab', 'heal', code, '--name', 'faults', '--lang', 'en')
      expect(healed.stdout).toContain(code)
      expect(healed.status).toBe(0)
    }
  })
})

test('one by chance is not given away, and heal tells what it was', async () => {
  const broke = await lab.podpath('lab', 'break', '--random', '--name', 'faults', '--lang', 'en')
  expect(broke.status).toBe(0)
  for (const code of faultCodes) expect(broke.stdout).not.toContain(code)
  const status = await lab.podpath('lab', 'status', '--name', 'faults')
  expect(status.stdout).toContain('(find it)')
  const healed = await lab.podpath('lab', 'heal', '--name', 'faults', '--lang', 'en')
  expect(faultCodes.some((code) => healed.stdout.includes(code))).toBe(true)
})

test('after all of that the lab is sound: every statement of the tutorial holds', async () => {
  const { ended, result } = await lab.verify()
  expect(result.findings).toEqual([])
  expect(ended.status).toBe(0)
})

test.each([
  { words: 'lab break no-such-fault', says: /Allowed choices are forward-rule/ },
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
