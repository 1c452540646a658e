import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunResult } from '../../src/model/result/result.ts'
import { gone, hostSurroundings, tracesBelow, type LabTraces } from './lab-traces.ts'
import { runtimeDirectory } from './lab.ts'
import { podpath, startPodpath, type Ended } from './podpath.ts'

/** Needs namespaces, tcpdump and tshark. The main job: one command, nothing prepared, nothing left. */

const runtime = runtimeDirectory()
const where = { runtime }
const capture = join(runtime, 'run.pcapng')
let ended: Ended
let result: RunResult
let traces: LabTraces
const before = hostSurroundings()

beforeAll(async () => {
  const started = startPodpath(['verify', '--lab=main-job', '--json', '--capture', capture], where)
  await started.said(/Listening in/)
  traces = tracesBelow(started.child.pid ?? -1)
  ended = await started.ended
  result = JSON.parse(ended.stdout) as RunResult
})
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

const kinds = (stacks: readonly string[]): readonly string[] => stacks.map((id) => id.split('/')[0] ?? '')

describe('verify --lab --json', () => {
  test('exits 0 and finds every packet delivered and as predicted', () => {
    expect({ status: ended.status, verdict: result.verdict, findings: result.findings }).toEqual({
      status: 0,
      verdict: 'delivered',
      findings: [],
    })
    expect(result.traces.map((one) => one.agrees)).toEqual([true, true, true, true])
  })

  test('has the keys that the contract promises', () => {
    expect(Object.keys(result)).toEqual(
      expect.arrayContaining(['version', 'source', 'verdict', 'traces', 'findings']),
    )
    expect(result.version).toBe(1)
    expect(result.source).toMatchObject({ kind: 'cluster', name: 'podpath-lab' })
    for (const one of result.traces) {
      expect(Object.keys(one)).toEqual(
        expect.arrayContaining(['from', 'to', 'probe', 'predicted', 'observed', 'translations', 'agrees']),
      )
      expect(one.probe?.received).toBe(one.probe?.sent)
      for (const path of [one.predicted, one.observed]) {
        expect(path).toMatchObject({ verdict: 'delivered', replyVerdict: 'delivered', stoppedAt: null })
        for (const hop of [...(path?.forward ?? []), ...(path?.reply ?? [])])
          expect(Object.keys(hop)).toEqual(
            expect.arrayContaining(['stack', 'in', 'out', 'packetIn', 'packetOut', 'decisions']),
          )
      }
    }
  })

  test('the packets cross pod, node, vpc, node, pod, and pod, node, vpc, igw, internet', () => {
    const between = ['pod', 'node', 'vpc', 'node', 'pod']
    const outward = ['pod', 'node', 'vpc', 'igw', 'internet']
    expect(result.traces.map((one) => kinds(one.observed?.forward.map((hop) => hop.stack) ?? []))).toEqual([
      between,
      between,
      between,
      outward,
    ])
    expect(kinds(result.traces[3]?.observed?.reply.map((hop) => hop.stack) ?? [])).toEqual(
      outward.toReversed(),
    )
  })

  test('between pods nothing is rewritten; outward there are two SNATs, each with the rule that did it', () => {
    expect(result.traces.map((one) => one.translations.length)).toEqual([0, 0, 0, 2])
    const [node, gateway] = result.traces[3]?.translations ?? []
    expect(node).toMatchObject({
      kind: 'SNAT',
      at: 'node/ip-192-168-1-138.ap-northeast-2.compute.internal',
      from: '192.168.1.239',
      to: '192.168.1.138',
      by: '-A AWS-SNAT-CHAIN-1 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138 --random-fully',
    })
    expect(gateway).toMatchObject({ kind: 'SNAT', from: '192.168.1.138' })
    expect(gateway?.at).toMatch(/^igw\/igw-0/)
    expect(gateway?.to).toMatch(/^203\.0\.113\.\d+$/)
    expect(gateway?.by).toMatch(
      /^eni-0[0-9a-f]{16}: 192\.168\.1\.138 has the public address 203\.0\.113\.\d+$/,
    )
  })

  test('every statement of the tutorial is there, in its order, passed, with evidence', () => {
    const checks = result.experiments.flatMap((one) => one.checks)
    expect(checks.filter((one) => one.state !== 'passed')).toEqual([])
    expect(checks.map((one) => one.id)).toEqual([
      ...['1', '2', '3', '4', '4a', '4b', '5', '5a', '6', '6a', '7', '7a', '7b', '7c'].map(
        (n) => `pod-to-pod.${n}`,
      ),
      ...['1', '2', '3', '4', '4a', '5', '5a', '6', '6a', '6b'].map((n) => `pod-to-internet.${n}`),
      ...['public-address.1', 'public-address.2'],
    ])
    expect(checks.filter((one) => one.evidence.length === 0).map((one) => one.id)).toEqual([])
  })

  test('the capture opens in tshark: an interface for each capture point, a comment on the probe’s packets', () => {
    const rows = execFileSync(
      'tshark',
      ['-r', capture, '-T', 'fields', '-e', 'frame.interface_name', '-e', 'frame.comment', '-Y', 'icmp'],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
    const names = new Set(rows.map(([name]) => name))
    expect(names).toContain('node/ip-192-168-1-138.ap-northeast-2.compute.internal/eth0')
    expect(
      [...names].filter((name) => /^pod\/default\/netshoot-pod-[^/]+\/eth0$/.test(name ?? '')),
    ).toHaveLength(3)
    expect(rows.filter(([name, comment]) => /\/(eth0|eni)/.test(name ?? '') && !comment)).toEqual([])
  })

  test('nothing is left: no process, no network namespace, no interface, no mount, no file', async () => {
    expect(traces.processes.length).toBeGreaterThan(20)
    expect(traces.networkNamespaces.length).toBeGreaterThanOrEqual(9)
    expect(await gone(traces)).toEqual([])
    expect(hostSurroundings()).toEqual(before)
    expect(readdirSync(runtime).filter((name) => name !== 'run.pcapng' && name !== '.cache')).toEqual([])
  })
})

test.each([
  {
    output: 'markdown',
    args: ['--output', 'markdown', '--lang', 'ko', '--out'],
    holds: [/^# /m, /파드/, /-A AWS-SNAT-CHAIN-1/, /192\.168\.3\.143/],
  },
  {
    output: 'text',
    args: ['--output', 'text', '--out'],
    holds: [/DELIVERED/, /26 of\s+26 hold/, /203\.0\.113\./],
  },
  {
    output: 'junit',
    args: ['--output', 'junit', '--out'],
    holds: [/^<\?xml/, /<testsuites?[^>]* failures="0"/],
  },
])(
  '--output $output --out FILE writes the report and nothing to standard output',
  async ({ output, args, holds }) => {
    const file = join(runtime, `report.${output}`)
    const ran = await podpath(['verify', `--lab=${output}`, ...args, file], where)
    expect(ran).toMatchObject({ status: 0, stdout: '' })
    expect(existsSync(file)).toBe(true)
    const text = readFileSync(file, 'utf8')
    for (const pattern of holds) expect(text).toMatch(pattern)
    expect(text).not.toMatch(/\u001b/)
  },
)
