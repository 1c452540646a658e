import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultRooms, type FaultCode, type FaultRoom } from '../../../src/model/lab/fault.ts'
import { faults } from '../../../src/lab/fault/catalogue.ts'
import type { RunResult } from '../../../src/model/result/result.ts'
import { kernelState, objectState, vpcState } from '../lab-state.ts'
import { labUp, type Asked, type TestLab } from '../lab.ts'

/**
 * Every fault that `lab break` knows is done to a lab that is up, shown by the very flow that it names, and healed to the
 * byte; at the end the lab is as it was. Needs namespaces.
 */

interface Named {
  readonly code: string
  readonly at: RegExp
  /** The line that is named; null where the fault is that a line is not there. */
  readonly by: RegExp | null
  /** A counter that rose meanwhile and stands as evidence. */
  readonly counter?: RegExp
}

/** What its flow is told: the first finding, or what is told of packets that arrive all the same, otherwise than they should. */
const found: { readonly [Code in FaultCode]?: Named | { readonly misled: string } } = {
  'forward-rule': {
    code: 'IPTABLES_RULE_FOREIGN',
    at: /^node\//,
    by: /^-A FORWARD -s \S+ -d \S+ -j DROP$/,
    counter: /^-A FORWARD .* -j DROP$/,
  },
  'forward-policy': { code: 'CHAIN_POLICY_DROP', at: /^node\//, by: /^:FORWARD DROP/ },
  'ip-forward-off': { code: 'IP_FORWARD_OFF', at: /^node\//, by: /^net\.ipv4\.ip_forward = 0$/ },
  'blackhole-route': { code: 'ROUTE_FOREIGN', at: /^node\//, by: /^blackhole \d/ },
  'prohibit-rule': { code: 'RULE_FOREIGN', at: /^node\//, by: /^100:\s+from \S+ to \S+ prohibit/ },
  // By its default route the node sends it back into the VPC, where it ends.
  'pod-route-missing': { code: 'POD_ROUTE_MISSING', at: /^node\//, by: null },
  'pod-default-route-missing': { code: 'DEFAULT_ROUTE_MISSING', at: /^pod\//, by: null },
  'veth-address-changed': { code: 'GATEWAY_NEIGHBOUR_WRONG', at: /^(pod|node)\//, by: /lladdr/ },
  // The kernel takes the route away with its device.
  'veth-down': { code: 'POD_LINK_DOWN', at: /^node\//, by: /^\d+: eni/ },
  'snat-missing': { code: 'SNAT_MISSING', at: /^node\//, by: null },
  'snat-exclusion-missing': { misled: 'SNAT_WRONG' },
  'rp-filter-strict': {
    code: 'RP_FILTER_STRICT',
    at: /^node\//,
    by: /^net\.ipv4\.conf\.eth0\.rp_filter = 1$/,
    counter: /^TcpExtIPReversePathFilter$/,
  },
  // AWS drops it in the VPC, for a source that the ENI has not.
  'mark-rule-missing': { code: 'MARK_RULE_MISSING', at: /^node\//, by: null },
  'source-rule-missing': { code: 'SOURCE_RULE_MISSING', at: /^node\//, by: null },
  'source-rule-stale': { code: 'SOURCE_RULE_STALE', at: /^node\//, by: /^1536:\s+from \S+ lookup 2/ },
  'security-group-closed': {
    code: 'SECURITY_GROUP_CLOSED',
    at: /^vpc\//,
    by: /^sg-\w+: no ingress rule allows icmp/,
  },
  'network-acl-deny': { code: 'NETWORK_ACL_DENIES', at: /^vpc\//, by: /^acl-\w+: ingress 1 deny/ },
  'internet-route-missing': { code: 'VPC_ROUTE_MISSING', at: /^vpc\//, by: null },
}

function expectNamed({ ended, result }: Asked, { code, at, by, counter }: Named): void {
  const [finding] = result.findings
  const told = JSON.stringify(result.findings.map((one) => ({ what: one.code, at: one.at, by: one.by })))
  expect(finding, told).toMatchObject({
    code,
    at: expect.stringMatching(at) as string,
    by: by === null ? null : (expect.stringMatching(by) as string),
  })
  if (counter) {
    const lines = finding?.evidence.flatMap((one) => (one.kind === 'counter' ? [one.line] : []))
    expect(lines, told).toEqual(expect.arrayContaining([expect.stringMatching(counter)]))
  }
  expect(ended.status).toBe(1)
}

/** It has other pods then, with other addresses. */
const withoutItsPods = new Set<FaultCode>(['dns-scaled-to-zero'])

/** What stands in a lab: what was read after one fault is what stands before the next. */
export interface KeptState {
  /** Reads what a fault of this room may touch, where it is not known yet. */
  readonly known: (code: FaultCode) => Promise<void>
  /** Reads it again: it is as it was. */
  readonly isAsKnown: (code: FaultCode) => Promise<void>
  readonly areObjectsAsKnown: () => Promise<void>
  /** Something else than a fault has changed it. */
  readonly forget: () => void
}

const reading = { kernel: kernelState, objects: objectState, vpc: vpcState } as const
type Part = keyof typeof reading

/** What a fault of this room may touch. */
const partsOf = (code: FaultCode): readonly Part[] => {
  const { at } = faults[code]
  if (at === 'vpc') return ['vpc']
  return at === 'kubernetes' ? ['kernel', 'objects'] : ['kernel']
}

export function keptState(lab: TestLab): KeptState {
  const known = new Map<Part, unknown>()
  const compare = async (parts: readonly Part[]): Promise<void> => {
    const before = parts.map((part) => known.get(part))
    const now = await Promise.all(parts.map((part) => reading[part](lab)))
    // What one fault leaves is not laid at the next one's door.
    parts.forEach((part, i) => known.set(part, now[i]))
    expect(now).toEqual(before)
  }
  return {
    async known(code) {
      for (const part of partsOf(code)) if (!known.has(part)) known.set(part, await reading[part](lab))
    },
    isAsKnown: (code) => compare(partsOf(code)),
    areObjectsAsKnown: () => compare(['objects']),
    forget: () => known.clear(),
  }
}

export const traced = async (lab: TestLab, words: readonly string[]): Promise<RunResult> =>
  (await lab.ask(...words, '--timeout', '1')).result
const answers = (result: RunResult): number => result.traces[0]?.probe?.received ?? 0
/** What tells one path from another: who rewrote the packet, and how many routers the answer passed. */
const pathOf = ({ traces: [trace] }: RunResult) => ({
  translations: trace?.translations.map(({ kind }) => kind),
  ttl: trace?.probe?.replyTtl,
})

export function soundAtTheEnd(lab: () => TestLab): void {
  test('after all of that the lab is sound: every statement of the tutorial holds', async () => {
    const { ended, result } = await lab().verify()
    expect(result.findings).toEqual([])
    expect(ended.status).toBe(0)
  })
}

/** The rooms of faults that each file beside this one breaks, in a lab of its own. */
export const sharedOut = {
  'node-routing': ['node-routing'],
  'node-netfilter': ['node-netfilter'],
  'services-and-pods': ['node-services', 'pod'],
  'vpc-and-objects': ['vpc', 'settings', 'kubernetes'],
} as const satisfies Readonly<Record<string, readonly FaultRoom[]>>

/** Breaks, shows and heals every fault of these rooms in one lab, which has public subnets. */
export function shownAndUndone(name: keyof typeof sharedOut): void {
  let lab: TestLab
  let state: KeptState
  beforeAll(async () => {
    lab = await labUp([`--name=${name}`])
    state = keptState(lab)
  })
  afterAll(async () => {
    await lab.down()
  })
  const codes = sharedOut[name]
    .flatMap((room): readonly FaultCode[] => faultRooms[room])
    .filter((code) => faults[code].only !== 'private-subnets')

  describe.each(codes)('%s', (code) => {
    test('is done, shown by the flow that it names, and undone', { timeout: 240_000 }, async () => {
      await state.known(code)
      const broke = await lab.podpath('lab', 'break', code, '--name', name, '--lang', 'en')
      expect(broke.stderr).toBe('')
      expect(broke.status).toBe(0)
      const words = /to see it: podpath (trace .*)$/m.exec(broke.stdout)?.[1]?.split(' ') ?? []
      let broken: RunResult
      try {
        const asked = await lab.ask(...words, '--timeout', '1')
        broken = asked.result
        const expected = found[code]
        if (expected !== undefined && 'misled' in expected) {
          expect(broken.verdict).toBe('disagrees')
          expect(broken.findings.map((one) => one.code)).toContain(expected.misled)
          expect(broken.traces[0]?.translations.map((one) => one.kind)).toEqual(['SNAT'])
        } else if (expected) expectNamed(asked, expected)
      } finally {
        const healed = await lab.podpath('lab', 'heal', code, '--name', name, '--lang', 'en')
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
          expect(pathOf(broken)).not.toEqual(pathOf(await traced(lab, words)))
      }
      if (withoutItsPods.has(code)) {
        await state.areObjectsAsKnown()
        state.forget()
      } else await state.isAsKnown(code)
    })
  })

  soundAtTheEnd(() => lab)
}
