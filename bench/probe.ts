import { withAgent } from '../src/cluster/agent/agent.ts'
import { readFacts } from '../src/cluster/collect/read-facts.ts'
import { findNamespaceScript } from '../src/cluster/collect/find-namespace-script.ts'
import { probeMany, type ManyTargets } from '../src/cluster/probe/probe-many.ts'
import { localRunner } from '../src/exec/local.ts'
import { deploy, withLab } from './lab/bench-lab.ts'
import type { BenchRow } from './row.ts'
import { inWords, sampleOf, timed } from './sample.ts'

const runs = 5
const more = 40

/** fping in the namespace of every address, all at once; says how many seconds that took, without finding them. */
const reference = `${findNamespaceScript}
find_namespaces
for a in "$@"; do find_pid "$a" none; [ "$pid" ] && echo "$a /proc/$pid/ns/net"; done >"$FOUND"
printf '%s\\n' "$@" >"$FOUND.targets"
begun=$(date +%s%N)
while read -r a ns; do
nsenter --net="$ns" fping -q -C 1 -r 0 -i 1 -t 1000 -f "$FOUND.targets" >"$FOUND.$a" 2>&1 &
done <"$FOUND"
wait
echo "$(($(date +%s%N)-begun)) $(cat "$FOUND".*.* | grep -c ' : [0-9]')"
`

/** Every pod of a lab asks every other, as \`matrix --probe\` does, against fping in the same namespaces. */
export async function benchProbe(): Promise<readonly BenchRow[]> {
  const hasFping = (await localRunner().run(['sh', '-c', 'command -v fping'])).exit === 0
  return withLab({ nodes: 4 }, async (lab) => {
    await deploy(lab, 'many', more, more)
    const facts = await readFacts(lab.cluster.api)
    const pods = facts.pods.filter(
      (pod) => pod.phase === 'Running' && !pod.hostNetwork && pod.addresses.length > 0,
    )
    const addresses = pods.map((pod) => pod.addresses[0] ?? '')
    const targets = addresses.map((address) => ({ address }))
    return withAgent(
      lab.cluster,
      { settings: {}, nodes: facts.nodes, left: () => undefined },
      async (agents) => {
        const sendersOf = (node: string): readonly ManyTargets[] =>
          pods
            .filter((pod) => pod.node === node)
            .map((pod) => ({ pod: { address: pod.addresses[0] ?? '', uid: pod.uid }, targets }))
        let answered = 0
        const all = (protocol: 'icmp' | 'tcp') => async () => {
          const outcomes = await Promise.all(
            [...agents.byNode.values()].map((agent) =>
              probeMany(
                agent,
                { protocol, timeoutMs: 1000, senders: sendersOf(agent.node) },
                () => undefined,
              ),
            ),
          )
          answered = outcomes
            .flat(2)
            .filter(({ outcome }) => outcome !== 'silent' && outcome !== 'not-sent').length
        }
        const echoes: number[] = []
        const connections: number[] = []
        const fping: number[] = []
        for (let run = 0; run < runs; run++) {
          echoes.push(await timed(all('icmp')))
          check(answered, pods.length ** 2)
          connections.push(await timed(all('tcp')))
          check(answered, pods.length ** 2)
          if (hasFping) fping.push(await fpingTime(addresses))
        }
        const pairs = `${pods.length} pods of 4 nodes, ${pods.length ** 2} pairs`
        const [sent, connected] = [sampleOf(echoes), sampleOf(connections)]
        const rows: readonly BenchRow[] = [
          {
            name: 'probe: TCP connections',
            value: connected.median,
            unit: 'ms',
            note: `${pairs}, one exec a node, ${inWords(connected, 'ms')}`,
          },
        ]
        if (!hasFping)
          return [
            {
              name: 'probe: echoes',
              value: sent.median,
              unit: 'ms',
              note: `${pairs}, one exec a node, ${inWords(sent, 'ms')}; fping is not here to be measured against`,
            },
            ...rows,
          ]
        const theirs = sampleOf(fping)
        return [
          {
            name: 'probe: echoes',
            value: sent.median / theirs.median,
            unit: 'x',
            note: `${pairs}: one exec a node, finding the pods included, ${inWords(sent, 'ms')}; fping in the same namespaces, found before, all at once ${inWords(theirs, 'ms')}`,
          },
          ...rows,
        ]
      },
    )
  })

  async function fpingTime(addresses: readonly string[]): Promise<number> {
    const directory = (await localRunner().run(['mktemp', '-d'])).stdout.trim()
    try {
      const ran = await localRunner().run(
        ['env', `FOUND=${directory}/found`, 'sh', '-c', reference, 'podpath', ...addresses],
        { timeoutMs: 120_000 },
      )
      const [nanoseconds, heard] = ran.stdout.trim().split(' ').map(Number)
      check(heard ?? 0, addresses.length ** 2)
      return (nanoseconds ?? NaN) / 1e6
    } finally {
      await localRunner().run(['rm', '-rf', directory])
    }
  }
}

function check(answered: number, pairs: number): void {
  if (answered !== pairs) throw new Error(`${answered} of ${pairs} pairs answered`)
}
