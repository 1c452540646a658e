import { beforeAll, describe, expect, test } from 'vitest'
import type { World } from '../change/world.ts'
import type { Flow } from '../forward/walk/predict.ts'
import { ip } from '../model/address/address.ts'
import { TCP } from '../model/packet/packet.ts'
import { cureOf } from './cures/cure-of.ts'
import { diagnoseRedirect } from './diagnose-redirect.ts'
import { labFixture, type LabFixture } from './lab-faults.fixture.ts'

let lab: LabFixture
beforeAll(async () => {
  lab = await labFixture('al2')
})

const flow = (more: Partial<Flow> = {}): Flow => ({
  from: lab.pod(1).stack,
  to: ip('198.51.100.100'),
  protocol: TCP,
  destinationPort: 80,
  fresh: true,
  ...more,
})

const redirected = (...before: readonly string[]): World =>
  lab.withRules(
    lab.pod(1).stack,
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':INPUT ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ...before,
    '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
    'COMMIT',
  )

/** The same cluster, where the pod's spec has a container of that name. */
const withContainer = (world: World, container: string): World => ({
  ...world,
  objects: {
    ...world.objects!,
    pods: world.objects!.pods.map((pod) =>
      lab.pod(1).stack.endsWith(pod.name)
        ? {
            ...pod,
            containers: [...(pod.containers ?? []), { name: container, image: container, environment: null }],
          }
        : pod,
    ),
  },
})

describe('a redirect in the sender', () => {
  test('to a port of a pod that has no proxy is told as that, and its cure is a new pod', () => {
    const { compiled, objects } = redirected()
    const found = diagnoseRedirect(compiled, objects, flow())
    expect(found?.causes.map(({ code, at, by }) => [code, at, by])).toEqual([
      ['REDIRECT_TO_NOBODY', lab.pod(1).stack, '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001'],
    ])
    const name = lab.pod(1).stack.split('/').at(-1)
    expect(cureOf(found!.causes[0]!, compiled.fabric)?.owner).toEqual([
      `kubectl -n default delete pod ${name}`,
    ])
  })
  test('that leaves its proxy’s own user alone is understood, where it is known who sends', () => {
    const { compiled, objects } = redirected('-A OUTPUT -p tcp -m owner --uid-owner 1337 -j RETURN')
    expect(diagnoseRedirect(compiled, objects, flow({ uid: 0 }))?.causes[0]?.code).toBe('REDIRECT_TO_NOBODY')
    expect(diagnoseRedirect(compiled, objects, flow({ uid: 1337 }))).toBeNull()
  })
  test('that knows its proxy by its group is understood as well', () => {
    const { compiled, objects } = redirected('-A OUTPUT -p tcp -m owner --gid-owner 1337 -j RETURN')
    expect(diagnoseRedirect(compiled, objects, flow({ gid: 0 }))?.causes[0]?.code).toBe('REDIRECT_TO_NOBODY')
    expect(diagnoseRedirect(compiled, objects, flow({ gid: 1337 }))).toBeNull()
  })
  test('is a mesh’s own where its proxy is one of the pod’s containers', () => {
    const { compiled, objects } = withContainer(redirected(), 'istio-proxy')
    expect(diagnoseRedirect(compiled, objects, flow())).toBeNull()
  })
  test('is nothing to a flow that leaves the pod', () => {
    const { compiled, objects } = redirected()
    expect(diagnoseRedirect(compiled, objects, { ...flow(), protocol: 1 })).toBeNull()
  })
})
