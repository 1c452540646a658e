import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../src/model/result/finding.ts'
import type { RunResult } from '../../src/model/result/result.ts'
import { labUp, type Spoken, type TestLab } from './lab.ts'

/**
 * Faults that a person puts in by hand are named: with the line, and with the node or pod that it stands on. Each row changes
 * one thing in one lab, traces a flow that it hurts, and puts it back. break-heal/ has those that `lab break` makes. Needs
 * namespaces and kubectl.
 */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=faults'])
  await lab.kubectl('create', 'service', 'clusterip', 'nobody', '--tcp=80:80')
  await Promise.all([1, 3].map((n) => lab.onNode(n, 'true')))
}, 400_000)
afterAll(async () => {
  await lab.down()
})

const node = (n: number): string => `node/${lab.nodes[n - 1] ?? ''}`
const pod = (n: number): string => `pod/default/${lab.pods[n - 1] ?? ''}`
const address = (n: number): string => lab.addresses[n - 1] ?? ''

interface Row {
  readonly fault: string
  readonly break: () => Promise<Spoken>
  readonly heal: () => Promise<Spoken>
  /** By default from pod 1 to pod 3. */
  readonly flow?: () => readonly string[]
  readonly code: string
  readonly at: () => string | RegExp
  readonly by: () => string | RegExp | null
  /** A counter that rose meanwhile and stands as evidence. */
  readonly counter?: RegExp
}

const rows: readonly Row[] = [
  {
    fault: 'iptables -I FORWARD 1 -d POD -j REJECT on the far node',
    break: () => lab.onNode(3, `iptables -I FORWARD 1 -d ${address(3)} -j REJECT`),
    heal: () => lab.onNode(3, 'iptables -D FORWARD 1'),
    at: () => node(3),
    by: () => `-A FORWARD -d ${address(3)}/32 -j REJECT --reject-with icmp-port-unreachable`,
    code: 'IPTABLES_RULE_FOREIGN',
    counter: /-j REJECT/,
  },
  {
    fault: 'a DROP in raw PREROUTING of the far node',
    break: () => lab.onNode(3, `iptables -t raw -A PREROUTING -s ${address(1)} -j DROP`),
    heal: () => lab.onNode(3, 'iptables -t raw -F PREROUTING'),
    at: () => node(3),
    by: () => `-A PREROUTING -s ${address(1)}/32 -j DROP`,
    counter: /^-A PREROUTING .* -j DROP$/,
    code: 'IPTABLES_RULE_FOREIGN',
  },
  {
    fault: 'a DROP in OUTPUT of the pod itself',
    break: () => lab.inPodNetwork(1, `iptables -A OUTPUT -d ${address(3)} -j DROP`),
    heal: () => lab.inPodNetwork(1, 'iptables -F OUTPUT'),
    at: () => pod(1),
    by: () => `-A OUTPUT -d ${address(3)}/32 -j DROP`,
    counter: /^-A OUTPUT .* -j DROP$/,
    code: 'FILTER_RULE_DROPS',
  },
  {
    fault: 'an unreachable route on the far node, to the sender',
    break: () => lab.onNode(3, `ip route add unreachable ${address(1)}`),
    heal: () => lab.onNode(3, `ip route del unreachable ${address(1)}`),
    // The request is lost already, at rp_filter: without a way back its source is none that is let in, even where it is loose.
    at: () => node(3),
    by: () => new RegExp(`^unreachable ${address(1)}`),
    code: 'ROUTE_FOREIGN',
  },
  {
    fault: 'a ping to a service',
    break: () => Promise.resolve({ status: 0, output: '' }),
    heal: () => Promise.resolve({ status: 0, output: '' }),
    flow: () => [lab.pods[0] ?? '', 'svc/kube-system/kube-dns', '--protocol', 'icmp'],
    code: 'SERVICE_PORT_MISSING',
    at: () => node(1),
    by: () => /^service kube-system\/kube-dns: /,
  },
  {
    fault: 'a wrong static neighbour in the pod',
    break: () =>
      lab.inPodNetwork(
        1,
        "ip neigh show 169.254.1.1 | awk '{print $5}' >/tmp/mac; ip neigh replace 169.254.1.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent",
      ),
    heal: () =>
      lab.inPodNetwork(1, 'ip neigh replace 169.254.1.1 lladdr $(cat /tmp/mac) dev eth0 nud permanent'),
    at: () => pod(1),
    by: () => '169.254.1.1 dev eth0 lladdr 02:00:00:00:00:01 PERMANENT',
    code: 'GATEWAY_NEIGHBOUR_WRONG',
  },
  {
    fault: 'a service without endpoints',
    break: () => Promise.resolve({ status: 0, output: '' }),
    heal: () => Promise.resolve({ status: 0, output: '' }),
    flow: () => [lab.pods[0] ?? '', 'svc/nobody:80', '--protocol', 'tcp'],
    at: () => node(1),
    by: () => 'service default/nobody',
    code: 'SERVICE_WITHOUT_ENDPOINTS',
  },
]

const trace = (words: readonly string[]) => lab.ask('trace', ...words, '--timeout', '1')

const told = (result: RunResult): string =>
  JSON.stringify(
    {
      findings: result.findings,
      predicted: result.traces[0]?.predicted?.verdict,
      stoppedAt: result.traces[0]?.predicted?.stoppedAt,
      observed: result.traces[0]?.observed?.verdict,
      observedAt: result.traces[0]?.observed?.stoppedAt,
      probe: result.traces[0]?.probe,
    },
    null,
    1,
  )

describe('a fault is named with its line and its place', () => {
  test.each(rows)('$fault', { timeout: 240_000 }, async (row) => {
    expect(await row.break()).toMatchObject({ status: 0 })
    try {
      const { ended, result } = await trace(row.flow?.() ?? [lab.pods[0] ?? '', address(3)])
      const [finding]: readonly Finding[] = result.findings
      expect(finding?.code, told(result)).toBe(row.code)
      expect(finding?.at, told(result)).toEqual(
        row.at() instanceof RegExp ? expect.stringMatching(row.at()) : row.at(),
      )
      const by = row.by()
      expect(finding?.by, told(result)).toEqual(by instanceof RegExp ? expect.stringMatching(by) : by)
      if (row.counter) {
        const lines = finding?.evidence.flatMap((one) => (one.kind === 'counter' ? [one.line] : []))
        expect(lines, told(result)).toEqual(expect.arrayContaining([expect.stringMatching(row.counter)]))
      }
      expect(ended.status).toBe(1)
    } finally {
      expect(await row.heal()).toMatchObject({ status: 0 })
    }
  })

  test(
    'what podpath does not read: lost between two sightings, against the prediction, and the bundle is kept',
    {
      timeout: 240_000,
    },
    async () => {
      const device = `$(ip -o route show ${address(3)} | sed 's/.* dev \\([^ ]*\\) .*/\\1/')`
      // Its MAC is written down: a queue that drops everything drops the questions for it too.
      const queue = `d=${device}; ping -c 1 -W 2 ${address(3)} >/dev/null; ip neigh replace ${address(3)} lladdr $(ip neigh show ${address(3)} dev $d | sed 's/.*lladdr \\([^ ]*\\).*/\\1/') dev $d nud permanent; tc qdisc add dev $d root blackhole`
      expect(await lab.onNode(3, queue)).toMatchObject({ status: 0 })
      try {
        const { result } = await trace([lab.pods[0] ?? '', address(3)])
        expect(result.findings[0], told(result)).toMatchObject({ code: 'LOST_AGAINST_PREDICTION' })
        expect(result.bundle).toBeDefined()
      } finally {
        await lab.onNode(3, `d=${device}; tc qdisc del dev $d root; ip neigh del ${address(3)} dev $d`)
      }
    },
  )

  test('and nothing when all is put back', { timeout: 240_000 }, async () => {
    const { ended, result } = await trace([lab.pods[0] ?? '', address(3)])
    expect(result.findings, told(result)).toEqual([])
    expect(ended.status).toBe(0)
  })
})
