import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Asked, FaultyApi } from '../cluster/faulty-api.ts'
import { labBehindFaultyApi } from './behind-faulty-api.ts'
import type { TestLab } from './lab.ts'
import { podpath, startPodpath, type Ended, type Started } from './podpath.ts'

/**
 * Whatever ends the real command, nothing that it made in a cluster is left there without a word: it is removed, or a line says
 * what is left, where, and how to remove it. The lab stands for a cluster that is known by its kubeconfig. Needs kubectl.
 */

let lab: TestLab
let faulty: FaultyApi
let labKubeconfig: string
let down: (() => Promise<void>) | undefined
beforeAll(async () => {
  ;({ lab, faulty, kubeconfig: labKubeconfig, down } = await labBehindFaultyApi('leftovers'))
})
afterAll(() => down?.())
afterEach(async () => {
  faulty.spoil(() => undefined)
  expect((await direct('cleanup')).status).toBe(0)
})

const begin = (kubeconfig: string, args: readonly string[], environment = {}): Started =>
  startPodpath(args, { ...lab.where, environment: { KUBECONFIG: kubeconfig, ...environment } })
const direct = (...args: readonly string[]): Promise<Ended> =>
  podpath(args, { ...lab.where, environment: { KUBECONFIG: labKubeconfig } })
const spoiled = (...args: readonly string[]): Promise<Ended> => begin(faulty.kubeconfig, args).ended

/** What carries podpath's label and is not on its way out already. */
const remaining = async (): Promise<readonly string[]> => {
  const list = JSON.parse(
    await lab.kubectl(
      ...['get', 'namespaces,pods,deployments', '-A', '-o', 'json'],
      ...['-l', 'app.kubernetes.io/managed-by=podpath'],
    ),
  ) as { items: { kind: string; metadata: { name: string; deletionTimestamp?: string } }[] }
  return list.items.flatMap(({ kind, metadata }) =>
    metadata.deletionTimestamp === undefined ? [`${kind} ${metadata.name}`] : [],
  )
}
const namespaces = async (): Promise<string> =>
  lab.kubectl('get', 'namespaces', '-o', 'name', '-l', 'app.kubernetes.io/managed-by=podpath')

const lines = (ended: Ended, words: RegExp): readonly string[] =>
  ended.stderr.split('\n').filter((line) => words.test(line))

/**
 * Its status, or the signal that ended it: before podpath has begun, and after its last word, Node itself is what a Ctrl-C ends. A
 * shell says 130 of both.
 */
const howItEnded = ({ child }: Started, { status }: Ended): number | string | null =>
  status ?? child.signalCode

/** Ctrl-C over and over, as somebody hits it who has had enough. */
async function hammer({ child }: Started, times: number, within: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    child.kill('SIGINT')
    await delay(within / times)
  }
}

describe('five Ctrl-C within 0.15 s', () => {
  const out = (): string => join(lab.where.runtime, 'bundle')
  test.each([
    { words: ['trace', 'deploy/netshoot-pod', 'www.google.com'], when: /Starting the agent/ },
    { words: ['trace', 'deploy/netshoot-pod', 'www.google.com'], when: /The agent is ready/ },
    { words: ['verify'], when: /Listening in/ },
    { words: ['verify', '--deploy'], when: /Creating the test deployment/ },
    { words: ['snapshot', '--out', 'OUT'], when: /Reading routes/ },
    { words: ['matrix', 'deploy/netshoot-pod'], when: /Starting the agent/ },
    { words: ['explain', 'deploy/netshoot-pod', 'www.google.com'], when: /Starting the agent/ },
  ])('to $words at $when: 130, and nothing is left', async ({ words, when }) => {
    const started = begin(
      labKubeconfig,
      words.map((word) => (word === 'OUT' ? out() : word)),
    )
    await started.said(when)
    await hammer(started, 5, 150)
    const ended = await started.ended
    expect([130, 'SIGINT'], ended.stderr).toContain(howItEnded(started, ended))
    expect(lines(ended, /Interrupted/)).toEqual(['Interrupted: clearing up'])
    expect(lines(ended, /^podpath:/)).toEqual([])
    expect(await remaining()).toEqual([])
  })

  test('to capture, whose end it is: what was captured is told, and nothing is left', async () => {
    const started = begin(labKubeconfig, ['capture', 'deploy/netshoot-pod', '--filter', 'icmp'])
    await started.said(/Ctrl-C ends it/)
    await hammer(started, 5, 150)
    const ended = await started.ended
    expect([0, 'SIGINT'], ended.stderr).toContain(howItEnded(started, ended))
    expect(lines(ended, /Interrupted/)).toEqual([])
    expect(await remaining()).toEqual([])
  })

  test('at any time', async () => {
    for (let turn = 0; turn < 6; turn++) {
      const started = begin(labKubeconfig, ['trace', 'deploy/netshoot-pod', '192.0.2.1', '--json'])
      await delay(200 + 250 * turn)
      await hammer(started, 5, 150)
      const ended = await started.ended
      expect([130, 'SIGINT', 1, 0]).toContain(howItEnded(started, ended))
      expect(await remaining(), ended.stderr).toEqual([])
    }
  })
})

describe('a removal that is refused', () => {
  const isRemoval = ({ method, path }: Asked): boolean => method === 'DELETE' && path.includes('podpath-')
  const refusal = { status: 403, message: 'admission webhook "no.delete" denied the request' }
  const says =
    /^podpath: namespace (podpath-[0-9a-f]{8}) is left in \S+ \(not allowed to delete namespaces \1 .*"no\.delete" denied.*\); to remove it: kubectl delete namespace \1$/

  test.each([
    { because: 'after a run', interrupt: false },
    { because: 'after Ctrl-C', interrupt: true },
  ])('$because is one line with the command, and nobody says that it is gone', async (row) => {
    faulty.spoil((asked) => (isRemoval(asked) ? refusal : undefined))
    const started = begin(faulty.kubeconfig, ['trace', 'deploy/netshoot-pod', '192.168.3.20'])
    await started.said(/The agent is ready/)
    if (row.interrupt) await hammer(started, 5, 150)
    const ended = await started.ended
    expect(row.interrupt ? [130, 'SIGINT'] : [0]).toContain(howItEnded(started, ended))
    expect(lines(ended, /^podpath:/)).toEqual([expect.stringMatching(says)])
    expect(ended.stderr).not.toMatch(/gone|is removing/)
    expect(await remaining()).toContain(`Namespace ${says.exec(lines(ended, says)[0] ?? '')?.[1]}`)
  })

  test('is said in Korean, too', async () => {
    faulty.spoil((asked) => (isRemoval(asked) ? refusal : undefined))
    const ended = await spoiled('trace', 'deploy/netshoot-pod', '192.168.3.20', '--lang', 'ko')
    expect(lines(ended, /^podpath:/)).toEqual([
      expect.stringMatching(
        /네임스페이스가 남아 있습니다 \(.*\)\. 삭제 명령: kubectl delete namespace podpath-/,
      ),
    ])
  })

  test('leaves what --agent-namespace and --deploy made, pod by pod', async () => {
    await lab.kubectl('create', 'namespace', 'mine')
    await lab.kubectl('label', 'namespace', 'mine', 'pod-security.kubernetes.io/enforce=privileged')
    faulty.spoil(({ method, path }) =>
      method === 'DELETE' && path.includes('/namespaces/mine/') ? refusal : undefined,
    )
    const ended = await spoiled('verify', '--deploy', '--agent-namespace', 'mine')
    const told = lines(ended, /^podpath: .*; to remove it: kubectl delete \w+ \S+ --namespace mine$/)
    expect(told).toHaveLength(4)
    expect(told.filter((line) => line.startsWith('podpath: deployment mine/'))).toHaveLength(1)
    faulty.spoil(() => undefined)
    expect((await direct('cleanup')).status).toBe(0)
    await lab.kubectl('delete', 'namespace', 'mine')
  })

  test('is told by cleanup, with status 3', async () => {
    await lab.kubectl('create', 'namespace', 'podpath-kept')
    await lab.kubectl('label', 'namespace', 'podpath-kept', 'app.kubernetes.io/managed-by=podpath')
    faulty.spoil((asked) => (isRemoval(asked) ? refusal : undefined))
    const ended = await spoiled('cleanup')
    expect(ended).toMatchObject({ status: 3, stdout: '' })
    expect(lines(ended, /./)).toEqual([
      expect.stringMatching(
        /^podpath: namespace podpath-kept is still there \(not allowed .*\); to remove it: kubectl delete namespace podpath-kept$/,
      ),
    ])
  })
})

describe('a server that does not answer any more', () => {
  test('is waited for, however often Ctrl-C comes at once; three seconds later it leaves, and says what', async () => {
    const started = begin(faulty.kubeconfig, [
      'trace',
      'deploy/netshoot-pod',
      '192.168.3.20',
      '--count',
      '20',
    ])
    await started.said(/The agent is ready/)
    faulty.spoil(({ method }) => (method === 'DELETE' ? 'hang' : undefined))
    await hammer(started, 5, 150)
    await started.said(/Still removing namespace podpath-\S+; Ctrl-C in 3 s or later leaves it behind/)
    await delay(3_000)
    started.child.kill('SIGINT')
    const ended = await started.ended
    expect(ended.status, ended.stderr).toBe(130)
    expect(ended.milliseconds).toBeLessThan(30_000)
    expect(lines(ended, /Interrupted|Still|^podpath:/)).toEqual([
      'Interrupted: clearing up',
      expect.stringMatching(/^Still removing/),
      expect.stringMatching(
        /^podpath: namespace (podpath-[0-9a-f]{8}) may be left in \S+; to remove it: kubectl delete namespace \1$/,
      ),
    ])
  })
})

test('a crash of podpath’s own says what it leaves', async () => {
  const started = begin(labKubeconfig, ['trace', 'deploy/netshoot-pod', '192.168.3.20', '--count', '20'], {
    NODE_OPTIONS: `--import=data:text/javascript,process.on('SIGUSR2',()=>{throw(new(Error)('boom'))})`,
  })
  await started.said(/The agent is ready/)
  started.child.kill('SIGUSR2')
  const ended = await started.ended
  expect(ended.status).toBe(3)
  expect(lines(ended, /^podpath:/)).toEqual([
    expect.stringMatching(/^podpath: an error of podpath's own, please report it: Error: boom/),
    expect.stringMatching(
      /^podpath: namespace (podpath-\S+) may be left in \S+; to remove it: kubectl delete namespace \1$/,
    ),
  ])
  expect(await remaining()).not.toEqual([])
})

describe('cleanup of what is not gone at once', () => {
  const held = async (name: string): Promise<void> => {
    await lab.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        labels: { 'app.kubernetes.io/managed-by': 'podpath' },
        finalizers: ['example.com/hold'],
      },
    })
  }
  const release = (name: string): Promise<string> =>
    lab.kubectl('patch', 'namespace', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}')

  test('says what it waits for, the first time and the second, and exits 3', async () => {
    await held('podpath-held')
    for (let turn = 0; turn < 2; turn++) {
      const ended = await direct('cleanup', '--timeout', '1')
      expect(ended).toMatchObject({ status: 3, stdout: '' })
      expect(lines(ended, /^podpath:/)).toEqual([
        'podpath: namespace podpath-held is being removed and is not gone after 1 s (Terminating: finalizers example.com/hold)',
      ])
    }
    expect((await direct('cleanup', '--dry-run')).stdout).toBe(
      'namespace podpath-held is being removed already\n',
    )
    expect((await direct('cleanup', '--dry-run', '--lang', 'ko')).stdout).toBe(
      '이미 삭제 중: podpath-held 네임스페이스\n',
    )
    await release('podpath-held')
  })

  test('waits, and says removed of what is gone', async () => {
    await held('podpath-slow')
    const started = begin(labKubeconfig, ['cleanup'])
    await started.said(/Waiting until 1 object is gone/)
    await delay(1_000)
    expect(await namespaces()).toBe('namespace/podpath-slow\n')
    await release('podpath-slow')
    expect(await started.ended).toMatchObject({ status: 0, stdout: 'removed namespace podpath-slow\n' })
    expect(await namespaces()).toBe('')
  })

  test('does what Ctrl-C says', async () => {
    await held('podpath-long')
    const started = begin(labKubeconfig, ['cleanup'])
    await started.said(/Waiting until 1 object is gone/)
    started.child.kill('SIGINT')
    expect((await started.ended).status).toBe(130)
    await release('podpath-long')
  })
})
