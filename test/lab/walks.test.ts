import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { labUp, type TestLab } from './lab.ts'

/**
 * Every walk of a packet on a node of the VPC CNI, with pods of both ENIs: predicted, sent, captured, and the two compared.
 * One lab: twelve pods of one Deployment fill the first node's primary ENI and go on to its second. Needs namespaces and
 * kubectl.
 */

const manifest = (node: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          replicas: 6,
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: {
              nodeSelector: { 'kubernetes.io/hostname': node },
              containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }],
            },
          },
        },
      },
    ],
  })

interface Pod {
  readonly name: string
  readonly address: string
}

let lab: TestLab
/** Of the first node: by the ENI that has their address. */
let onFirstEni: readonly Pod[]
let onSecondEni: readonly Pod[]
beforeAll(async () => {
  lab = await labUp(['--name=walks'])
  await apply(manifest(lab.nodes[0] ?? ''))
  await lab.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
  const { items } = JSON.parse(await lab.kubectl('get', 'pods', '-l', 'app=web', '-o', 'json')) as {
    readonly items: readonly {
      readonly metadata: { readonly name: string }
      readonly status: { readonly podIP: string }
    }[]
  }
  const rules = (await lab.onNode(1, 'ip rule')).output
  const pods = items.map((pod): Pod => ({ name: pod.metadata.name, address: pod.status.podIP }))
  onSecondEni = pods.filter((pod) => rules.includes(`from ${pod.address} lookup 2`))
  onFirstEni = pods.filter((pod) => !rules.includes(`from ${pod.address} lookup`))
  // One backend each, so that chance has no say.
  await service('hairpin', onFirstEni[0])
  await service('far', { name: lab.pods[2] ?? '', address: lab.addresses[2] ?? '' })
  await service('local-only', onSecondEni[0], {
    type: 'NodePort',
    externalTrafficPolicy: 'Local',
    nodePort: 30081,
  })
  await service('everywhere', onSecondEni[0], {
    type: 'NodePort',
    externalTrafficPolicy: 'Cluster',
    nodePort: 30080,
  })
  await lab.inPod(3, 'true')
}, 500_000)
afterAll(async () => {
  await lab.down()
})

async function apply(json: string): Promise<void> {
  const file = join(lab.where.runtime, 'manifest.json')
  writeFileSync(file, json)
  await lab.kubectl('apply', '-f', file)
}

/** A Service whose one backend is named by a label of its own. */
async function service(
  name: string,
  pod: Pod | undefined,
  more: { readonly type?: string; readonly externalTrafficPolicy?: string; readonly nodePort?: number } = {},
): Promise<void> {
  if (!pod) throw new Error('the pods are not spread over both ENIs')
  const { nodePort, ...spec } = more
  await lab.kubectl('label', 'pod', pod.name, `walk-${name}=yes`)
  const port = { port: 80, targetPort: 80, ...(nodePort === undefined ? {} : { nodePort }) }
  await apply(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { [`walk-${name}`]: 'yes' }, ports: [port], ...spec },
    }),
  )
}

interface Walk {
  readonly walk: string
  readonly from: () => string
  readonly to: () => string
  readonly probe?: readonly string[]
  /** The first node's interfaces, in and out, of the request and of the reply. */
  readonly request: readonly [string | null, string | null]
  readonly reply: readonly [string | null, string | null]
}

const tcp = (port: number): readonly string[] => ['--protocol', 'tcp', '--port', String(port)]
const node = (n: number): string => `node/${lab.nodes[n - 1] ?? ''}`
const addressOfNode = ['', '192.168.1.138', '192.168.2.91', '192.168.3.20'] as const
const first = (i = 1): Pod => onFirstEni[i] ?? { name: 'none', address: 'none' }
const second = (i = 0): Pod => onSecondEni[i] ?? { name: 'none', address: 'none' }

/** `eni` stands for any pod's interface. */
const walks: readonly Walk[] = [
  {
    walk: 'A pod of the first ENI to a pod on another node',
    from: () => first().name,
    to: () => lab.addresses[2] ?? '',
    request: ['eni', 'eth0'],
    reply: ['eth0', 'eni'],
  },
  {
    walk: 'B pod of the second ENI to a pod on another node',
    from: () => second().name,
    to: () => lab.addresses[2] ?? '',
    request: ['eni', 'eth1'],
    reply: ['eth1', 'eni'],
  },
  {
    walk: 'C pod to pod on the same node, over both ENIs',
    from: () => first().name,
    to: () => second().address,
    request: ['eni', 'eni'],
    reply: ['eni', 'eni'],
  },
  {
    walk: 'D pod of the first ENI to the internet',
    from: () => first().name,
    to: () => 'www.google.com',
    request: ['eni', 'eth0'],
    reply: ['eth0', 'eni'],
  },
  {
    walk: 'E pod of the second ENI to the internet',
    from: () => second().name,
    to: () => 'www.google.com',
    request: ['eni', 'eth0'],
    reply: ['eth0', 'eni'],
  },
  {
    walk: 'F node to its own pod of the second ENI',
    from: () => node(1),
    to: () => second().address,
    request: [null, 'eni'],
    reply: ['eni', null],
  },
  {
    walk: 'G node to a pod on another node',
    from: () => node(1),
    to: () => lab.addresses[2] ?? '',
    request: [null, 'eth0'],
    reply: ['eth0', null],
  },
  {
    walk: 'H pod of the second ENI to its own node',
    from: () => second().name,
    to: () => addressOfNode[1],
    request: ['eni', null],
    reply: [null, 'eni'],
  },
  {
    walk: 'I node to a pod of the second ENI on another node',
    from: () => node(3),
    to: () => second().address,
    request: ['eth1', 'eni'],
    reply: ['eni', 'eth1'],
  },
  {
    walk: 'J pod of the second ENI to another node',
    from: () => second().name,
    to: () => addressOfNode[3],
    request: ['eni', 'eth1'],
    reply: ['eth1', 'eni'],
  },
  {
    walk: 'K pod to a service whose backend it is',
    from: () => first(0).name,
    to: () => 'svc/hairpin:80',
    probe: tcp(80),
    request: ['eni', 'eni'],
    reply: ['eni', 'eni'],
  },
  {
    walk: 'L pod of the second ENI to a service with a backend elsewhere',
    from: () => second().name,
    to: () => 'svc/far:80',
    probe: tcp(80),
    request: ['eni', 'eth1'],
    reply: ['eth1', 'eni'],
  },
  {
    walk: 'M another node to a NodePort, policy Cluster',
    from: () => node(3),
    to: () => addressOfNode[1],
    probe: tcp(30080),
    request: ['eth0', 'eni'],
    reply: ['eni', 'eth0'],
  },
  {
    walk: 'N another node to a NodePort, policy Local, backend of the second ENI',
    from: () => node(3),
    to: () => addressOfNode[1],
    probe: tcp(30081),
    request: ['eth0', 'eni'],
    reply: ['eni', 'eth0'],
  },
  {
    walk: 'O node to a service with a backend elsewhere',
    from: () => node(1),
    to: () => 'svc/far:80',
    probe: tcp(80),
    request: [null, 'eth0'],
    reply: ['eth0', null],
  },
]

/** Nobody can look into what answers there: it is known by its ENI alone. */
const toTheApiServer: readonly Walk[] = [
  {
    walk: 'pod of the first ENI to the API server',
    from: () => first().name,
    to: () => 'svc/kubernetes:443',
    probe: tcp(443),
    request: ['eni', 'eth0'],
    reply: ['eth0', 'eni'],
  },
  {
    walk: 'pod of the second ENI to the API server',
    from: () => second().name,
    to: () => 'svc/kubernetes:443',
    probe: tcp(443),
    request: ['eni', 'eth1'],
    reply: ['eth1', 'eni'],
  },
]

const kind = (name: string | null | undefined): string | null =>
  name === undefined || name === null ? null : name.startsWith('eni') ? 'eni' : name

test.each([...walks, ...toTheApiServer])('$walk', async ({ from, to, probe = [], request, reply }) => {
  const { result } = await lab.ask('trace', from(), to(), '--timeout', '3', ...probe)
  const [trace] = result.traces
  const { predicted, observed } = trace ?? {}
  const at = (hops: NonNullable<typeof predicted>['forward'] | undefined): unknown => {
    const hop = hops?.find((one) => one.stack === node(1))
    return hop && [kind(hop.in), kind(hop.out)]
  }
  expect(at(observed?.forward), JSON.stringify(result.findings)).toEqual(request)
  expect(at(predicted?.forward)).toEqual(request)
  expect(at(observed?.reply)).toEqual(reply)
  expect(at(predicted?.reply)).toEqual(reply)
  expect([predicted?.verdict, observed?.verdict, trace?.agrees]).toEqual(['delivered', 'delivered', true])
})

test('pod to the instance metadata: the VPC answers, and nothing is drawn behind it', async () => {
  const { ended, result } = await lab.ask('trace', first().name, '169.254.169.254', '--protocol', 'http')
  const [trace] = result.traces
  const kinds = trace?.observed?.forward.map(({ stack }) => stack.split('/')[0])
  expect([kinds, trace?.agrees], ended.stderr).toEqual([['pod', 'node', 'vpc'], true])
  // The node rewrites what goes to a link-local address, as it does for the internet; no gateway does.
  expect(trace?.translations.map(({ at }) => at)).toEqual([node(1)])
})
