import { fileURLToPath } from 'node:url'
import { deviceOf, addressOf, homeOf, sixOf, type Scenario } from './scenario.ts'
import { Shell } from './shell.ts'
import { Log, namesOf, oracle, packetsOf, pause, settled } from './nflog.ts'
import { base, dumps, extras, macOf } from './stack-commands.ts'
import { type Observation, sightings } from './observation.ts'

/** Builds a scenario in real network namespaces, sends its packets, and tells where each of them was seen. */
export interface Observed {
  readonly files: ReadonlyMap<string, string>
  readonly observations: readonly Observation[]
  /** What `xtables-monitor --trace` printed on each stack, when it was asked for. */
  readonly traces: readonly string[]
  /** What the commands of the extras complained about: such an extra did nothing. */
  readonly complaints: string
}
const agentFile = fileURLToPath(new URL('agent.pl', import.meta.url))
const stackName = (stack: number): string => `node/n${stack}`

/** Builds, sends, looks, and takes everything down again: the namespaces end with their shells. */
export async function observe(scenario: Scenario, traced = false): Promise<Observed> {
  const shells = Array.from({ length: scenario.stacks }, () => new Shell(['unshare', '-n', 'sh']))
  const agents: Shell[] = []
  const logs: Log[] = []
  const monitors: Shell[] = []
  try {
    await Promise.all(shells.map((shell) => shell.run('true')))
    for (const [index, wire] of scenario.wires.entries()) {
      const name = deviceOf(index)
      const { pid } = shells[wire.b] as Shell
      await (shells[wire.a] as Shell).run(
        `ip link add ${name} address ${macOf(index, 'a')} type veth peer name ${name} address ${macOf(index, 'b')} netns ${pid}`,
      )
    }
    const family = scenario.six ? sixOf : (text: string): string => text
    const said = await Promise.all(shells.map((shell, stack) => shell.run(family(base(scenario, stack)))))
    const trouble = said.join('').trim()
    if (trouble !== '') throw new Error(`the scenario could not be built: ${trouble}`)
    const complaints = (
      await Promise.all(shells.map((shell, stack) => shell.run(family(extras(scenario, stack)))))
    ).join('')
    const files = new Map<string, string>()
    await Promise.all(
      shells.map(async (shell, stack) => {
        for (const [file, command] of Object.entries(dumps))
          files.set(`stacks/${stack}/${file}`, await shell.run(command))
        await shell.run(`nft -f - <<'EOF'\n${oracle(scenario.six)}\nEOF`)
      }),
    )
    files.set(
      'bundle.json',
      JSON.stringify({
        version: 1,
        stacks: shells.map((_, stack) => ({ id: stackName(stack), dir: `stacks/${stack}` })),
        wires: scenario.wires.map((wire, index) => ({
          a: [stackName(wire.a), deviceOf(index)],
          b: [stackName(wire.b), deviceOf(index)],
        })),
      }),
    )
    logs.push(...shells.map((shell) => new Log(shell.pid)))
    await Promise.all(logs.map((log) => log.ready()))
    if (traced) {
      for (const shell of shells) {
        for (const chain of ['PREROUTING', 'OUTPUT'])
          await shell.run(`iptables-nft -t raw -I ${chain} -j TRACE`)
        // Line by line also into a pipe, so that nothing is lost when it is ended.
        const argv = ['-t', String(shell.pid), '-n', 'stdbuf', '-oL', 'xtables-monitor', '--trace']
        monitors.push(new Shell(['nsenter', ...argv]))
      }
      await pause(300)
    }
    for (const shell of shells)
      agents.push(new Shell(['nsenter', '-t', String(shell.pid), '-n', 'perl', agentFile]))
    await Promise.all(
      agents.map(async (agent, stack) => {
        const own = scenario.wires.flatMap((wire, index) =>
          wire.a === stack ? [addressOf(index, 'a')] : wire.b === stack ? [addressOf(index, 'b')] : [],
        )
        agent.write(
          `listen ${family([homeOf(stack), '127.0.0.1', ...(scenario.six ? ['::1'] : []), ...own, '10.100.0.1', '10.100.0.2', '10.100.0.3', `10.200.${stack}.1`].join(' '))}\n`,
        )
        await agent.lines(/^ready/, 1, 30_000)
      }),
    )
    for (const flow of scenario.flows)
      (agents[flow.from] as Shell).write(
        `flow ${flow.id} ${flow.protocol} ${family(flow.source ?? '-')} ${family(flow.to)} ${flow.port} ${flow.sourcePort} ${flow.mark} ${flow.length} ${flow.whole ? 1 : 0} ${flow.tos} ${flow.connected ? 1 : 0}\n`,
      )
    const sent = new Map<number, string>()
    await Promise.all(
      agents.map(async (agent, stack) => {
        const count = scenario.flows.filter((flow) => flow.from === stack).length
        for (const line of await agent.lines(/^flow /, count, 30_000)) {
          const [, id, ...rest] = line.split(' ')
          sent.set(Number(id), rest.join(' '))
        }
      }),
    )
    // What a busy machine has not yet scheduled is waited for: servers first, for what they answer, then the logs.
    for (const round of [1, 2])
      await Promise.all(
        agents.map(async (agent) => {
          agent.write('sync\n')
          await agent.lines(/^synced/, round, 30_000)
        }),
      )
    await settled(logs)
    await Promise.all(
      logs.map((log, stack) =>
        log.marked(() => agents[stack]?.write(`mark ${scenario.six ? '::1' : '127.0.0.1'}\n`)),
      ),
    )
    if (traced) await pause(200)
    return {
      files,
      observations: sightings(
        scenario,
        logs.map((log, stack) => packetsOf(log.octets(), namesOf(files, stack))),
        sent,
      ),
      complaints,
      traces: monitors.map((monitor) => monitor.text),
    }
  } finally {
    for (const process of [...agents, ...logs, ...monitors, ...shells]) process.end()
  }
}
