import { describe, expect, test } from 'vitest'
import type { Asked } from '../cluster/faulty-api.ts'
import { startPodpath } from '../lab/podpath.ts'
import { complaints, realCluster, resultOf } from './cluster.ts'

const cluster = realCluster('real-leaves')
const { apply, direct, left, spoiled } = cluster

describe('--dry-run', () => {
  test.each([
    { words: ['verify'] },
    { words: ['verify', '--deploy'] },
    { words: ['trace', 'deploy/netshoot-pod', 'www.google.com', '--protocol', 'http'] },
    { words: ['explain', 'deploy/netshoot-pod', 'www.google.com'] },
    { words: ['snapshot', '--out', 'nowhere'] },
  ])('$words prints what kubectl takes, and creates nothing', async ({ words }) => {
    const before = cluster.faulty.asked.length
    const ended = await spoiled(...words, '--dry-run')
    expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
    const writes = cluster.faulty.asked.slice(before).filter(({ method }: Asked) => method !== 'GET')
    expect(writes).toEqual([])
    expect(ended.stdout).toMatch(/^# It would then run on the nodes:$/m)
    expect(await apply(ended.stdout)).toMatch(/^pod\/podpath-agent-\S+ created$/m)
    expect(await left()).not.toBe('')
    expect((await direct('cleanup')).status).toBe(0)
    await expect.poll(left, { timeout: 30_000 }).toBe('')
  })
})

test('cleanup finds what a kill -9 leaves, and the kubelet has been told when to end it', async () => {
  const dry = await direct('trace', 'deploy/netshoot-pod', 'www.google.com', '--dry-run')
  expect(dry.stdout).toMatch(/^ {2}activeDeadlineSeconds: 900$/m)
  await apply(dry.stdout)
  const namespace = /name: (podpath-[0-9a-f]{8})\n/.exec(dry.stdout)?.[1] ?? ''
  const found = await direct('cleanup', '--dry-run')
  expect(found.stdout).toBe(`would remove namespace ${namespace}\n`)
  await direct('cleanup')
})

describe('an end in the middle', () => {
  const begin = (...args: readonly string[]) =>
    startPodpath(args, { ...cluster.lab.where, environment: { KUBECONFIG: cluster.kubeconfig } })
  const moments = [
    { when: 'while its deployment is made', words: /Creating the test deployment/ },
    { when: 'while its agents are made', words: /Starting the agent/ },
    { when: 'while it captures', words: /Listening in/ },
  ] as const

  test.each(moments)('Ctrl-C to verify --deploy $when removes what it created', async ({ words }) => {
    const started = begin('verify', '--deploy')
    await started.said(words)
    started.child.kill('SIGINT')
    const ended = await started.ended
    expect(ended.status, ended.stderr).toBe(130)
    expect(ended.stderr.split('\n').filter((line) => /interrupt/i.test(line))).toHaveLength(1)
    await expect.poll(left, { timeout: 30_000 }).toBe('')
  })

  test.each(moments)(
    'kill -9 to verify --deploy $when leaves nothing that cleanup does not remove',
    async ({ words }) => {
      const started = begin('verify', '--deploy')
      await started.said(words)
      started.child.kill('SIGKILL')
      await started.ended
      const ended = await direct('cleanup')
      expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
      await expect.poll(left, { timeout: 30_000 }).toBe('')
    },
  )
})

describe('verify --deploy', () => {
  test('that finds no room says so in the scheduler’s words, and leaves nothing', async () => {
    for (const node of cluster.lab.nodes) await cluster.lab.kubectl('cordon', node)
    try {
      const ended = await direct('verify', '--deploy', '--agent-timeout', '3')
      expect(ended.status).toBe(3)
      expect(complaints(ended)).toHaveLength(1)
      expect(complaints(ended)[0]).toMatch(
        /0 of 3 pods .* ready: .*Unschedulable: 0\/3 nodes are available: 3 node\(s\) were unschedulable/,
      )
      expect(await left()).toBe('')
    } finally {
      for (const node of cluster.lab.nodes) await cluster.lab.kubectl('uncordon', node)
    }
  })

  test('that two nodes have room for goes on with two pods, and says so', async () => {
    const [first = ''] = cluster.lab.nodes
    await cluster.lab.kubectl('cordon', first)
    try {
      const ended = await direct('verify', '--deploy', '--json')
      expect(ended.status).toBe(0)
      expect(resultOf(ended).traces.every(({ from }) => from.node !== first)).toBe(true)
    } finally {
      await cluster.lab.kubectl('uncordon', first)
    }
  })
})
