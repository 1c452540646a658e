import { execFileSync, spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { labUp, type TestLab } from './lab.ts'
import { startPodpath } from './podpath.ts'

/** The kernel's own word, by the tracepoint skb:kfree_skb. Needs namespaces, kubectl, and root of the machine with its tracefs. */

const name = 'kernel-reasons'
const asking = [`--lab=${name}`, '--kernel-reasons'] as const

const inInstances = (script: string): readonly string[] => [
  ...['--mount', 'sh', '-c'],
  `mount -t tracefs judge /sys/kernel/tracing && cd /sys/kernel/tracing/instances && ${script}`,
]
const tried = spawnSync('unshare', inInstances('true'), { encoding: 'utf8' })

/** The instances of podpath in this kernel. */
const instances = (): readonly string[] =>
  execFileSync('unshare', inInstances('ls'), { encoding: 'utf8' })
    .split('\n')
    .filter((one) => one.startsWith('podpath-'))

let lab: TestLab
beforeAll(async () => {
  lab = await labUp([`--name=${name}`])
})
afterAll(async () => {
  await lab.down()
})
beforeEach(({ skip }) => {
  skip(tried.status !== 0, `this kernel’s tracefs is refused: ${tried.stderr.trim()}`)
})

test(
  'a queue that drops everything is in no table, and is named by the kernel',
  { timeout: 120_000 },
  async () => {
    const [from = '', to = ''] = lab.pods
    const address = lab.addresses[1] ?? ''
    // Its MAC is written down: a queue that drops everything drops the questions for it too.
    const broken = await lab.onNode(
      2,
      `set -e
device=$(ip -o route show ${address} | sed 's/.* dev \\([^ ]*\\) .*/\\1/')
ping -c 1 -W 2 ${address} >/dev/null
mac=$(ip neigh show ${address} dev $device | sed 's/.*lladdr \\([^ ]*\\).*/\\1/')
ip neigh replace ${address} lladdr $mac dev $device nud permanent
tc qdisc add dev $device root blackhole`,
    )
    expect(broken.status, broken.output).toBe(0)
    const { ended, result } = await lab.ask('trace', from, to, ...asking)
    expect(result.traces[0]?.kernel?.drops).toContainEqual(
      expect.objectContaining({ reason: 'QDISC_DROP', probes: 6 }),
    )
    const [lost] = result.findings
    expect(lost?.code).toBe('LOST_AGAINST_PREDICTION')
    expect(JSON.stringify(lost?.evidence)).toContain('QDISC_DROP')
    expect(ended.status).toBe(1)
    expect(instances()).toEqual([])
  },
)

test('where every probe is answered no kernel is asked', async () => {
  const [from = '', , to = ''] = lab.pods
  const { result } = await lab.ask('trace', from, to, ...asking)
  expect(result.verdict).toBe('delivered')
  expect(result.traces[0]?.kernel).toBeUndefined()
})

const endings = [
  { signal: 'SIGINT', because: 'the script on the node is told' },
  { signal: 'SIGKILL', because: 'it reads our words, and they have ended' },
] as const

test.each(endings)(
  '$signal leaves nothing in the kernel: $because',
  { timeout: 90_000 },
  async ({ signal }) => {
    const [from = '', to = ''] = lab.pods
    const run = startPodpath(['trace', from, to, ...asking], lab.where)
    await seen(() => instances().length > 0)
    run.child.kill(signal)
    await run.ended
    await seen(() => instances().length === 0)
  },
)

test('what was left by a listener that was killed is cleared', async () => {
  // A name as ours, of a process that is not there.
  execFileSync('unshare', inInstances('mkdir podpath-4194305-1'))
  const { stdout, status } = await lab.podpath('cleanup', `--lab=${name}`, '--kernel-traces')
  expect(stdout).toContain('removed the trace instance podpath-4194305-1 of this machine')
  expect(status).toBe(0)
  expect(instances()).toEqual([])
})

async function seen(what: () => boolean): Promise<void> {
  for (const until = Date.now() + 30_000; !what(); await delay(100))
    if (Date.now() > until) throw new Error('it was waited for in vain')
}
