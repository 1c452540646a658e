import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labUp, type TestLab } from './lab.ts'
import { checkout, podpath, startPodpath, type Ended, type Started } from './podpath.ts'

/** `podpath capture` as a user runs it, while pods ping each other and the internet. */

interface Line {
  readonly kind: string
  readonly time: string
  readonly packet: number | null
  readonly step: number
  readonly stack: string
  readonly interface: string
  readonly direction: string
  readonly view?: {
    readonly src: string
    readonly dst: string
    readonly ttl: number
    readonly icmpType?: number
  }
  readonly rewritten: readonly {
    readonly kind: string
    readonly undone: boolean
    readonly from: string
    readonly to: string
  }[]
  readonly frames?: number
  readonly ended?: string
}

let lab: TestLab
const files = mkdtempSync(join(tmpdir(), 'podpath-capture-'))
const file = (name: string): string => join(files, name)

beforeAll(async () => {
  lab = await labUp(['--name=capture'])
}, 180_000)
afterAll(async () => {
  await lab.down()
  rmSync(files, { recursive: true, force: true })
})

const start = (...args: readonly string[]): Started =>
  startPodpath(['capture', '--lab=capture', ...args], lab.where)

const ping = async (from: number, to: string, count: number): Promise<void> => {
  const { status, output } = await lab.inPod(from, `ping -n -c ${count} -i 0.2 ${to}`)
  expect(status, output).toBe(0)
}

const linesOf = ({ stdout }: Ended): Line[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

const interrupt = (started: Started): Promise<Ended> => {
  started.child.kill('SIGINT')
  return started.ended
}

const packetsIn = (path: string): number =>
  execFileSync('tshark', ['-r', path, '-T', 'fields', '-e', 'frame.number'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .trim()
    .split('\n')
    .filter((line) => line !== '').length

const agentNamespaces = async (): Promise<string> =>
  lab.kubectl('get', 'namespaces', '-l', 'app.kubernetes.io/managed-by=podpath', '-o', 'name')

describe('a ping to a pod on another node, and one to the internet', () => {
  let ended: Ended
  let lines: Line[]
  const out = file('all.pcapng')
  beforeAll(async () => {
    const started = start('deploy/netshoot-pod', '--filter', 'icmp', '--json', '--out', out)
    await untilListening(started)
    await ping(1, lab.addresses[1] ?? '', 3)
    await ping(1, '198.51.100.100', 2)
    ended = await interrupt(started)
    lines = linesOf(ended).filter(({ kind }) => kind === 'packet')
  })

  test('Ctrl-C ends it in good order, and the agent is gone', async () => {
    expect(ended.status, ended.stderr).toBe(0)
    expect(linesOf(ended).at(-1)).toMatchObject({ kind: 'summary', ended: 'asked', frames: lines.length })
    expect(await agentNamespaces()).toBe('')
  })

  test('each packet’s lines stand in the order of its way', () => {
    const [pod1, pod2] = lab.pods
    const [node1, node2] = lab.nodes
    const ways = new Map<number, string[]>()
    for (const { packet, step, stack, direction, view } of lines) {
      expect(packet).not.toBeNull()
      const way = ways.get(packet ?? 0) ?? []
      expect(step).toBe(way.length + 1)
      way.push(`${stack} ${direction} ${view?.ttl}`)
      ways.set(packet ?? 0, way)
    }
    const request = [
      `pod/default/${pod1} out 64`,
      `node/${node1} in 64`,
      `node/${node1} out 63`,
      `node/${node2} in 63`,
      `node/${node2} out 62`,
      `pod/default/${pod2} in 62`,
    ]
    const toPod = [...ways.values()].filter((way) => way[0] === request[0] && way.length === 6)
    expect(toPod).toEqual([request, request, request])
    // An answer never stands before its question.
    const packets = [...ways.keys()]
    expect(packets).toEqual([...packets].sort((a, b) => a - b))
  })

  test('the lines to the internet say where the source was rewritten, and where the answer got its address back', () => {
    const rewritten = lines.flatMap((line) => line.rewritten.map((one) => ({ ...one, at: line.stack })))
    const address = lab.addresses[0]
    const node = lines.find(
      ({ stack, view }) =>
        stack === `node/${lab.nodes[0]}` && view?.dst === '198.51.100.100' && view.src !== address,
    )?.view?.src
    expect(rewritten).toEqual(
      [0, 1].flatMap(() => [
        { at: `node/${lab.nodes[0]}`, kind: 'SNAT', undone: false, from: address, to: node },
        { at: `node/${lab.nodes[0]}`, kind: 'SNAT', undone: true, from: node, to: address },
      ]),
    )
  })

  test('times never go back along a way', () => {
    const last = new Map<number, string>()
    for (const { packet, time } of lines) {
      expect(time >= (last.get(packet ?? 0) ?? '')).toBe(true)
      last.set(packet ?? 0, time)
    }
  })

  test('the file opens in Wireshark’s reader, with as many packets, an interface for each place and the rewriting as a comment', () => {
    expect(packetsIn(out)).toBe(lines.length)
    const fields = ['frame.interface_name', 'frame.comment', 'ip.src'].flatMap((field) => ['-e', field])
    const said = execFileSync('tshark', ['-r', out, '-T', 'fields', ...fields], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(said).toContain(`pod/default/${lab.pods[0]}/eth0`)
    expect(said).toMatch(/podpath: SNAT 192\.168\.\d+\.\d+ ⇒ 192\.168\.\d+\.\d+/)
    expect(said).toMatch(/podpath: un-SNAT /)
  })
})

/** `--json` says on standard output when every stack listens. */
const untilListening = (started: Started): Promise<void> =>
  new Promise((resolve, reject) => {
    let said = ''
    started.child.stdout?.on('data', (chunk: string) => {
      said += chunk
      if (said.includes('"kind":"listening"')) resolve()
    })
    void started.ended.then(({ stderr }) => reject(new Error(`podpath ended before it listened: ${stderr}`)))
  })

test('--count ends it after so many lines, and the file has as many packets', async () => {
  const out = file('count.pcapng')
  const started = start(`default/${lab.pods[0]}`, '--filter', 'icmp', '--json', '--count', '7', '--out', out)
  await untilListening(started)
  await ping(1, lab.addresses[2] ?? '', 5)
  const ended = await started.ended
  expect(ended.status, ended.stderr).toBe(0)
  expect(linesOf(ended).filter(({ kind }) => kind === 'packet')).toHaveLength(7)
  expect(linesOf(ended).at(-1)).toMatchObject({ ended: 'count', frames: 7 })
  expect(packetsIn(out)).toBe(7)
})

test('a name that is looked up is shown with its answer, and the service’s address as rewritten', async () => {
  const started = start(`default/${lab.pods[0]}`, '--filter', 'udp port 53')
  await started.said(/Capturing in 2 network namespaces/)
  const asked = await lab.inPod(1, 'nslookup www.google.com')
  expect(asked.status, asked.output).toBe(0)
  const { stdout } = await interrupt(started)
  expect(stdout).toMatch(/dns A\? www\.google\.com = 198\.51\.100\.100/)
  expect(stdout).toMatch(/dns A\? www\.google\.com DNAT 10\.100\.0\.10 ⇒ 192\.168\.\d+\.\d+/)
})

test('--out - is a pcapng on standard output and nothing else', () => {
  const line = 'set -o pipefail; "$0" "$1" capture --lab=capture --duration 3 --out - | tshark -r -'
  const { status, stderr } = spawnSync('bash', ['-c', line, process.execPath, `${checkout}/bin/podpath.js`], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: files, PODPATH_RUNTIME_DIR: lab.where.runtime },
    timeout: 90_000,
  })
  // tshark refuses what is no capture.
  expect(status, stderr).toBe(0)
})

test.each([
  {
    args: ['--filter', 'icmp or ('],
    status: 2,
    says: /the filter "icmp or \(" is none that tcpdump takes: .*syntax error/,
  },
  {
    args: ['www.google.com'],
    status: 2,
    says: /www\.google\.com: packets are captured in pods and on nodes/,
  },
  { args: ['default/absent'], status: 2, says: /there is no pod "absent"/ },
  {
    args: ['--out', '/nonexistent/all.pcapng'],
    status: 2,
    says: /--out \/nonexistent\/all\.pcapng: no such file or directory/,
  },
  { args: ['--count', '0'], status: 2, says: /--count 0: give a whole number/ },
])('$args: one line, exit $status, no agent left', async ({ args, status, says }) => {
  const ended = await podpath(['capture', '--lab=capture', ...args], lab.where)
  expect(ended.status, ended.stderr).toBe(status)
  expect(ended.stderr.trim().split('\n').at(-1)).toMatch(says)
  expect(ended.stdout).toBe('')
  expect(existsSync('/nonexistent')).toBe(false)
  expect(await agentNamespaces()).toBe('')
})
