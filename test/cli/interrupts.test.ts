import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runtimeDirectory } from '../lab/lab.ts'
import { checkout, startPodpath, type Started } from '../lab/podpath.ts'
import {
  addRules,
  addLink,
  filesOf,
  newStack,
  node,
  plainDraft,
  web,
  type Draft,
} from '../security/bundles/draft.ts'
import { writeBundle } from '../security/bundles/judge.ts'

/** Whatever podpath does with a recording: Ctrl-C ends it within a second, and leaves nothing behind. */

const runtime = runtimeDirectory()
const labs = join(runtime, 'labs')
const at = (name: string): string => join(runtime, name)
beforeAll(() => {
  mkdirSync(labs)
  writeBundle(filesOf(plainDraft(false)), at('large'))
  const rules = Array.from(
    { length: 900_000 },
    (_, i) => `-A FORWARD -s 10.7.0.0/16 -p tcp --dport ${i % 65536} -j DROP\n`,
  )
  writeFileSync(
    at('large/stacks/1/iptables-save.txt'),
    `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.join('')}COMMIT\n`,
  )
  writeBundle(filesOf(withLots()), at('lots'))
  // What a matrix may take grows with its snapshot: this one takes minutes.
  writeFileSync(at('lots/stacks/0/sysctl.txt'), 'net.ipv4.conf.all.rp_filter = 0\n'.repeat(60_000))
  writeFileSync(
    at('flows'),
    `{"from": "${web}", "to": "10.1.0.2", "protocol": "tcp", "port": 80}\n`.repeat(1000),
  )
})
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

/** Every prediction through the node takes as many steps as one may; 40 more pods send through it. */
function withLots(): Draft {
  const draft = plainDraft(false)
  const router = draft.stacks.find(({ id }) => id === node)!
  for (let i = 0; i < 30; i++)
    addRules(router, 'mangle', 'PREROUTING', [
      `-m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x${(1 << i).toString(16)}/0x${(1 << i).toString(16)}`,
    ])
  for (let i = 0; i < 40; i++) {
    const pod = newStack(`pod/default/more-${i}`)
    addLink(pod, 'eth0', `10.3.${i}.2/24`)
    addLink(router, `more${i}`, `10.3.${i}.1/24`)
    pod.routes.push(`default via 10.3.${i}.1 dev eth0`)
    draft.stacks.push(pod)
    draft.wires.push([pod.id, 'eth0', node, `more${i}`])
  }
  return draft
}

const explain = ['explain', '--from', web, '--to', '10.1.0.2', '--bundle']
const hasSaid = async ({ child, ended }: Started, words: RegExp): Promise<void> => {
  await Promise.race([
    ended.then(({ stderr }) => {
      throw new Error(`it ended first: ${stderr}`)
    }),
    new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (text: string) => {
          if (words.test(text)) resolve()
        })
    }),
  ])
}

test.each<{ while: string; words: readonly string[]; begun: (started: Started) => Promise<void> }>([
  ...[100, 150, 200, 300].map((wait) => ({
    while: `podpath starts (${wait} ms)`,
    words: [...explain, at('large')],
    begun: () => sleep(wait),
  })),
  { while: 'a large file is read', words: [...explain, at('large')], begun: () => sleep(800) },
  {
    while: 'a large file is read for a matrix',
    words: ['matrix', '--bundle', at('large')],
    begun: () => sleep(800),
  },
  {
    while: 'a large file is read for the page',
    words: ['ui', '--no-open', '--bundle', at('large')],
    begun: () => sleep(800),
  },
  {
    while: 'many flows are predicted',
    words: ['explain', '--flows', at('flows'), '--bundle', at('lots')],
    begun: (started) => hasSaid(started, /"flow"/),
  },
  {
    while: 'a matrix is predicted',
    words: ['matrix', '--bundle', at('lots')],
    begun: (started) => hasSaid(started, /pairs predicted/),
  },
])('within a second while $while', async ({ words, begun }) => {
  const started = startPodpath(words, { runtime: labs })
  await begun(started)
  const asked = performance.now()
  started.child.kill('SIGINT')
  const { status } = await started.ended
  expect(performance.now() - asked).toBeLessThan(1000)
  // Ended by the signal itself (below 130 is what a shell makes of it), or in good order.
  expect([null, 130]).toContain(status)
  expect(started.child.signalCode ?? 'SIGINT').toBe('SIGINT')
})

test('a shell says 130', async () => {
  const script = `"$@" & pid=$!; sleep 0.8; kill -INT $pid; wait $pid; echo $?`
  const words = [process.execPath, join(checkout, 'bin/podpath.js'), ...explain, at('large')]
  const { stdout } = await promisify(execFile)('sh', ['-c', script, 'sh', ...words])
  expect(stdout).toBe('130\n')
})
