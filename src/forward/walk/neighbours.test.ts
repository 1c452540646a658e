import { describe, expect, test } from 'vitest'
import { ip } from '../../model/address/address.ts'
import type { Neighbour } from '../../model/stack/neighbour.ts'
import { threeStacks, toServer } from './three-stacks.fixture.ts'
import { only } from './only-path.fixture.ts'

describe('neighbours', () => {
  const gateway = (mac: string | null, state: Neighbour['state']): readonly Neighbour[] => [
    {
      address: ip('10.0.0.2'),
      device: 'eth0',
      mac,
      state,
      proxy: false,
      line: `10.0.0.2 dev eth0 lladdr ${mac ?? ''} ${state}`,
    },
  ]
  test('a permanent entry with another MAC than the other end has loses the packet', () => {
    expect(
      only(threeStacks({}, { neighbours: gateway('02:00:00:00:00:99', 'PERMANENT') }), toServer),
    ).toMatchObject({
      verdict: 'dropped',
      stoppedAt: 'client',
      decision: { stage: 'neighbour', by: '10.0.0.2 dev eth0 lladdr 02:00:00:00:00:99 PERMANENT' },
    })
  })
  test('a failed entry is asked for again', () => {
    expect(only(threeStacks({}, { neighbours: gateway(null, 'FAILED') }), toServer).verdict).toBe('delivered')
  })
  test('who answers a request knows from it who asked, so the reply needs no answer', () => {
    const silent = { sysctls: 'net.ipv4.conf.eth0.arp_ignore = 8' }
    const path = only(threeStacks({}, silent), toServer)
    expect(path).toMatchObject({ verdict: 'delivered', replyVerdict: 'delivered' })
    const atRouter = path.path().reply.find((hop) => hop.stack === 'router')
    expect(atRouter?.decisions).toContainEqual({
      stage: 'neighbour',
      by: '10.0.0.1 dev left lladdr 02:6:00:00:00:01 STALE',
      effect: 'learned from its own request',
    })
  })
  test('who knew the gateway without asking has taught it nothing', () => {
    const silent = { sysctls: 'net.ipv4.conf.eth0.arp_ignore = 8' }
    const path = only(
      threeStacks({}, { ...silent, neighbours: gateway('02:6:00:00:00:01', 'PERMANENT') }),
      toServer,
    )
    expect(path).toMatchObject({
      verdict: 'delivered',
      replyVerdict: 'dropped',
      stoppedAt: 'router',
      decision: { by: '10.0.0.1 dev left FAILED' },
    })
  })
})
