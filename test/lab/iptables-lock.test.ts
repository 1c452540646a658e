import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { labUp, type TestLab } from './lab.ts'

/** iptables' lock is a file below /run; each network has tables of its own, and so a file of its own. Needs root and kubectl. */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp()
})
afterAll(async () => {
  await lab.down()
})

interface Process {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

function processes(): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const [, command = '', state = '', parent = ''] = /\((.*)\) (\S) (\d+)/s.exec(stat) ?? []
        // A zombie that nobody has asked for yet sees nothing any more, and may stay.
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }]
      } catch {
        // It ended while we looked.
        return []
      }
    })
}

/** Every process below this one. */
function below(ancestor: number, all: readonly Process[]): readonly Process[] {
  return all.filter(({ parent }) => parent === ancestor).flatMap((child) => [child, ...below(child.pid, all)])
}

/** Which networks see which /run. Throws for a process that has ended since it was listed, or whose root is still being built. */
function networksByRun(): ReadonlyMap<string, ReadonlySet<string>> {
  const networks = new Map<string, Set<string>>()
  for (const { pid, command } of below(lab.record.pid, processes())) {
    // What runs iptables is a shell of the daemon's or has a sandbox's first process beside it.
    if (!['sh', 'sleep'].includes(command)) continue
    const { dev, ino } = statSync(`/proc/${pid}/root/run`)
    const seen = networks.get(`${dev}:${ino}`) ?? new Set()
    networks.set(`${dev}:${ino}`, seen.add(readlinkSync(`/proc/${pid}/ns/net`)))
  }
  return networks
}

test('the lab’s shells and sandboxes of two networks never see one /run', async () => {
  const networks = await vi.waitFor(networksByRun, { timeout: 10_000, interval: 100 })
  // Three nodes, their pods, the bastion, the router, the gateway, the internet.
  expect(networks.size).toBeGreaterThan(10)
  expect([...networks.values()].filter((seen) => seen.size > 1)).toEqual([])
})

test.each([
  { held: 2, because: 'kube-proxy waits for whoever works on its node' },
  { held: 8, because: 'and tries again when it has waited in vain' },
])('a service comes while the lock of a node is held for $held s: $because', async ({ held }) => {
  const name = `locked-${held}`
  const holding = lab.onNode(1, `nsenter -t 1 -m flock /run/xtables.lock sh -c 'echo; sleep ${held}'`)
  await lab.onNode(1, 'until ! nsenter -t 1 -m flock -n /run/xtables.lock true; do sleep 0.1; done')
  await lab.kubectl('create', 'service', 'clusterip', name, '--tcp=80')
  await holding
  const { status } = await lab.onNode(
    1,
    `for i in $(seq 200); do { iptables -w -t nat -S; iptables -w -S; } | grep -q default/${name} && exit 0; sleep 0.1; done; exit 1`,
  )
  expect(status).toBe(0)
})
