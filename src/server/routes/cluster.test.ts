import { Hono } from 'hono'
import { expect, test } from 'vitest'
import {
  changed,
  type ClusterChange,
  type ClusterView,
  type NodeView,
} from '../../model/view/cluster-view.ts'
import type { Desk } from '../desk.ts'
import type { Look } from '../look.ts'
import { addClusterRoutes } from './cluster.ts'

const nodeOf = (name: string, mostPods: number): NodeView => ({
  name,
  ready: true,
  zone: null,
  instance: null,
  instanceType: null,
  addresses: [],
  publicAddress: null,
  mostPods,
  enis: null,
  pods: [],
})
const nothing: ClusterView = {
  nodes: [],
  unplaced: [],
  services: [],
  deployments: [],
  vpc: null,
  askingEc2: false,
  gaps: [],
}

test('a page that does not read has one change waiting, and misses nothing', async () => {
  const over = new AbortController()
  let tell: (change: ClusterChange) => void = () => undefined
  const look: Look = {
    snapshots: null as unknown as Look['snapshots'],
    subscribe(listener) {
      tell = listener
      return () => undefined
    },
  }
  const api = new Hono()
  addClusterRoutes(api, { signal: over.signal } as Desk, look)
  const answer = await api.request('/cluster/changes')
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  let expected = nothing
  for (let i = 0; i < 10_000; i++) {
    const change: ClusterChange = { nodes: [nodeOf(`n-${i % 7}`, i)], goneNodes: [`n-${(i + 3) % 7}`] }
    expected = changed(expected, change)
    tell(change)
    if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  let now = nothing
  let events = 0
  let text = ''
  while (JSON.stringify(now) !== JSON.stringify(expected)) {
    text += (await reader.read()).value ?? ''
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines.filter((one) => one.startsWith('data: {'))) {
      events++
      now = changed(now, JSON.parse(line.slice('data: '.length)) as ClusterChange)
    }
  }
  expect(events).toBeLessThan(10)
  over.abort()
  await reader.cancel()
})
