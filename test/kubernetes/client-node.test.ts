import { PassThrough } from 'node:stream'
import {
  CoreV1Api,
  Exec,
  KubeConfig,
  makeInformer,
  PortForward,
  type V1Pod,
  type V1Status,
} from '@kubernetes/client-node'
import { createServer, connect, type AddressInfo, type Server } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from './test-cluster.ts'

/** Needs root (network namespaces). What a program written against Kubernetes' own client for Node relies on. */

let cluster: TestCluster
let config: KubeConfig
let core: CoreV1Api
beforeAll(async () => {
  cluster = await startTestCluster()
  config = new KubeConfig()
  config.loadFromFile(cluster.kubeconfig)
  core = config.makeApiClient(CoreV1Api)
})
afterAll(async () => {
  await cluster.stop()
  expect(cluster.errors).toEqual([])
})

const firstPod = async (): Promise<string> => {
  const { items } = await core.listNamespacedPod({ namespace: 'default', labelSelector: 'app=netshoot-pod' })
  return items[0]?.metadata?.name ?? ''
}

interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

async function exec(pod: string, container: string, argv: string[], input?: string): Promise<Ended> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const stdin = input === undefined ? null : new PassThrough()
  const said = { stdout: '', stderr: '' }
  stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(config)
      .exec('default', pod, container, argv, stdout, stderr, stdin, false, resolve)
      .then(() => stdin?.end(input))
      .catch(reject)
  })
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message
  return { ...said, exit: status.status === 'Success' ? 0 : Number(code ?? -1) }
}

describe('exec', () => {
  test('output, errors and exit status arrive', async () => {
    const pod = await firstPod()
    const ended = await exec(pod, 'netshoot-pod', ['sh', '-c', 'echo out; echo err >&2; exit 5'])
    expect(ended).toEqual({ stdout: 'out\n', stderr: 'err\n', exit: 5 })
  })

  test('input arrives, and its end', async () => {
    const pod = await firstPod()
    const ended = await exec(pod, 'netshoot-pod', ['head', '-c', '5'], 'hello world')
    expect(ended.stdout).toBe('hello')
  })

  test('200 at a time all end, each with its own output', async () => {
    const pod = await firstPod()
    const ended = await Promise.all(
      Array.from({ length: 200 }, (_, number) => exec(pod, 'netshoot-pod', ['echo', String(number)])),
    )
    expect(ended.map(({ stdout }) => stdout)).toEqual(
      Array.from({ length: 200 }, (_, number) => `${String(number)}\n`),
    )
  })
})

describe('list and watch', () => {
  test('an informer sees every pod come and go, also after its history was forgotten (410)', async () => {
    const namespace = 'default'
    const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
      core.listNamespacedConfigMap({ namespace }),
    )
    const seen: string[] = []
    informer.on('add', ({ metadata }) => seen.push(`+${metadata?.name ?? ''}`))
    informer.on('delete', ({ metadata }) => seen.push(`-${metadata?.name ?? ''}`))
    const errors: unknown[] = []
    informer.on('error', (error) => {
      errors.push(error)
      setTimeout(() => void informer.start(), 50)
    })
    await informer.start()
    const create = (name: string) =>
      core.createNamespacedConfigMap({ namespace, body: { metadata: { name } } })
    await create('first')
    await expect.poll(() => seen).toContain('+first')
    // All connections break, things change and the history is gone before the informer is back.
    cluster.controlPlane.api.stop()
    await create('second')
    await core.deleteNamespacedConfigMap({ namespace, name: 'first' })
    cluster.controlPlane.store.compact()
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(expect.arrayContaining(['+second', '-first']))
    await create('third')
    await expect.poll(() => seen, { timeout: 10_000 }).toContain('+third')
    await informer.stop()
    for (const name of ['second', 'third']) await core.deleteNamespacedConfigMap({ namespace, name })
    expect(new Set(seen).size).toBe(seen.length)
  })

  test('a watch from a version that is forgotten is told so with 410', async () => {
    cluster.controlPlane.store.compact()
    const { stdout } = await cluster.kubectl(
      `get --raw '/api/v1/pods?watch=1&resourceVersion=1&timeoutSeconds=2'`,
    )
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 },
    })
  })

  test('a long list comes in pages that together are the whole', async () => {
    const names = Array.from({ length: 25 }, (_, number) => `page-${String(number).padStart(2, '0')}`)
    for (const name of names) {
      await core.createNamespacedConfigMap({
        namespace: 'default',
        body: { metadata: { name, labels: { paged: 'yes' } } },
      })
    }
    const found: string[] = []
    let _continue: string | undefined
    do {
      const page = await core.listNamespacedConfigMap({
        namespace: 'default',
        labelSelector: 'paged',
        limit: 10,
        ...(_continue === undefined ? {} : { _continue }),
      })
      expect(page.items.length).toBeLessThanOrEqual(10)
      found.push(...page.items.map(({ metadata }) => metadata?.name ?? ''))
      _continue = page.metadata?._continue
    } while (_continue !== undefined && _continue !== '')
    expect(found).toEqual(names)
    await core.deleteCollectionNamespacedConfigMap({ namespace: 'default', labelSelector: 'paged' })
    expect(
      (await core.listNamespacedConfigMap({ namespace: 'default', labelSelector: 'paged' })).items,
    ).toEqual([])
  })

  test('who writes over a version that is old is refused with 409', async () => {
    const created = await core.createNamespacedConfigMap({
      namespace: 'default',
      body: { metadata: { name: 'race' }, data: { a: '1' } },
    })
    await core.replaceNamespacedConfigMap({
      namespace: 'default',
      name: 'race',
      body: { ...created, data: { a: '2' } },
    })
    await expect(
      core.replaceNamespacedConfigMap({
        namespace: 'default',
        name: 'race',
        body: { ...created, data: { a: '3' } },
      }),
    ).rejects.toMatchObject({ code: 409 })
    await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'race' })
  })
})

test('port-forward in the form of this client reaches a server in a pod', async () => {
  const body: V1Pod = {
    metadata: { name: 'served' },
    spec: { containers: [{ name: 'c', image: 'traefik/whoami' }] },
  }
  await core.createNamespacedPod({ namespace: 'default', body })
  await cluster.kubectl('wait --for=condition=Ready pod/served --timeout=20s')
  await expect
    .poll(async () => (await cluster.kubectl('logs served')).stdout, { timeout: 10_000 })
    .toContain('listening')
  const forward = new PortForward(config)
  const server: Server = createServer((socket) => {
    void forward.portForward('default', 'served', [80], socket, null, socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /path HTTP/1.1\r\nHost: x\r\n\r\n')
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  await expect.poll(() => answer, { timeout: 10_000 }).toContain('GET /path HTTP/1.1')
  socket.destroy()
  server.close()
  await core.deleteNamespacedPod({ namespace: 'default', name: 'served', gracePeriodSeconds: 0 })
})
