/** One fault in a lab of its own: done, asked about by every command, and mended by what is printed. */
import { readFileSync, rmSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import type { SaidCause } from '../../src/model/diagnosis/said-diagnosis.ts'
import type { FaultCode } from '../../src/model/lab/fault.ts'
import type { RunResult } from '../../src/model/result/result.ts'
import { labUp, runtimeDirectory, type TestLab } from '../../test/lab/lab.ts'
import { accusedIn, equalsIn, type Answer, type CureTried, type FaultRecord, type Said } from './answer.ts'
import { modes, type Mode } from './modes.ts'

/** Milliseconds that one command may take. */
const patience = 60_000
const name = 'score'
const lab = `--lab=${name}`

interface Broken {
  readonly node: string
  readonly pod: string
  readonly trial: readonly string[]
}

export async function askFault(mode: Mode, fault: FaultCode, program: string): Promise<FaultRecord> {
  const runtime = runtimeDirectory()
  try {
    const up = await labUp([`--name=${name}`, ...modes[mode]], { runtime, limit: patience })
    try {
      return await inLab(up, runtime, { mode, fault, program, kernel: release().split('-')[0] ?? '' })
    } finally {
      await up.down()
    }
  } finally {
    rmSync(runtime, { recursive: true, force: true })
  }
}

type Facts = Pick<FaultRecord, 'mode' | 'fault' | 'program' | 'kernel'>

async function inLab(up: TestLab, runtime: string, facts: Facts): Promise<FaultRecord> {
  const broke = await up.podpath('lab', 'break', facts.fault, '--name', name, '--lang', 'en')
  if (broke.status !== 0)
    return {
      ...facts,
      impossible: (broke.stderr || broke.stdout).trim(),
      node: '',
      pod: '',
      trial: [],
      answers: [],
      cure: null,
    }
  const [broken] = JSON.parse(readFileSync(join(runtime, name, 'broken.json'), 'utf8')) as readonly Broken[]
  if (broken === undefined) throw new Error(`${facts.fault}: nothing is broken`)
  const { node, pod, trial } = broken
  const [from = '', to = '', ...rest] = trial
  const options = rest.filter((word) => !word.startsWith('--lab'))
  const bundle = join(runtime, 'bundle')
  const taken = await up.podpath('snapshot', lab, '--out', bundle)
  if (taken.status !== 0) throw new Error(`snapshot: exit ${taken.status}: ${taken.stderr}`)

  const answers: Answer[] = []
  const said: Said[] = []
  const ask = async (
    facts: Pick<Answer, 'command' | 'source' | 'direction'>,
    ...words: readonly string[]
  ): Promise<Said | null> => {
    const where = facts.source === 'live' ? [lab] : ['--bundle', bundle]
    const ended = await up.podpath(facts.command, ...words, ...where, '--json', '--lang', 'en')
    const read = ended.stdout === '' ? null : (JSON.parse(ended.stdout) as Said)
    if (read !== null) said.push(read)
    answers.push({
      ...facts,
      status: ended.status,
      seconds: Math.round(ended.milliseconds / 100) / 10,
      verdict: read?.verdict ?? null,
      accused: read === null ? [] : accusedIn(read),
      equals: read === null ? [] : equalsIn(read),
      trouble: read === null ? ended.stderr.trim().slice(-400) : null,
    })
    return read
  }

  const there = await ask(
    { command: 'trace', source: 'live', direction: 'there' },
    ...[from, to],
    ...options,
    '--timeout',
    '1',
  )
  // A ping the other way round, where there is somebody of the cluster's at the other end.
  const isAskedBack = !/^svc\/|^\d|\.(com|io)$|^metadata/.test(to)
  if (isAskedBack)
    await ask({ command: 'trace', source: 'live', direction: 'back' }, to, from, '--timeout', '1')
  const flow = plainWords(options)
  // A snapshot knows no names of the internet.
  const address = (there as RunResult | null)?.traces[0]?.to.address ?? null
  for (const source of ['live', 'snapshot'] as const) {
    const meant = source === 'snapshot' && /\.(com|io)$/.test(to) ? (address ?? '198.51.100.100') : to
    await ask({ command: 'explain', source, direction: 'there' }, from, meant, ...flow)
    if (isAskedBack && source === 'snapshot')
      await ask({ command: 'explain', source, direction: 'back' }, to, from)
    if (source === 'snapshot')
      await ask({ command: 'matrix', source, direction: 'there' }, from, '--to', meant, ...flow)
    await ask({ command: 'diagnose', source, direction: 'none' })
  }
  await ask({ command: 'verify', source: 'live', direction: 'none' }, '--timeout', '1')

  const cause = said.flatMap(({ diagnosis = [] }) => diagnosis.flatMap(({ causes }) => causes.slice(0, 1)))[0]
  const retraced = async (): Promise<boolean> => {
    const [now, there] = await Promise.all([standingIn(up, from), standingIn(up, to)])
    const ended = await up.podpath('trace', now, there, ...options, '--timeout', '1', lab, '--json')
    return ended.status === 0
  }
  return { ...facts, impossible: null, node, pod, trial, answers, cure: await pasted(up, cause, retraced) }
}

/** A pod that was deleted has another name afterwards: the youngest of its Deployment stands in for it. */
async function standingIn(up: TestLab, word: string): Promise<string> {
  const [, namespace = '', set = ''] = /^([^/]+)\/(.+-[a-z0-9]+)-[a-z0-9]{5}$/.exec(word) ?? []
  if (set === '') return word
  const list = await up.kubectl(
    '-n',
    namespace,
    'get',
    'pods',
    '--sort-by=.metadata.creationTimestamp',
    '-o',
    'name',
  )
  const names = list.split('\n').map((line) => line.replace('pod/', ''))
  if (names.includes(word.slice(namespace.length + 1))) return word
  const youngest = names.findLast((name) => name.startsWith(`${set}-`))
  return youngest === undefined ? word : `${namespace}/${youngest}`
}

/** What `explain` and `matrix` call a probe of `trace`. */
function plainWords(options: readonly string[]): readonly string[] {
  const [, protocol] = /--protocol (\S+)/.exec(options.join(' ')) ?? []
  const [, port] = /--port (\d+)/.exec(options.join(' ')) ?? []
  const plain = ({ dns: ['udp', '53'], http: ['tcp', '80'] } as Readonly<Record<string, readonly string[]>>)[
    protocol ?? ''
  ] ?? [protocol, undefined]
  const [one, its] = plain
  return [
    ...(one === undefined ? [] : ['--protocol', one]),
    ...((port ?? its) === undefined ? [] : ['--port', port ?? its ?? '']),
  ]
}

/** As a person would: on the node, or wherever kubectl and aws are. */
async function pasted(
  up: TestLab,
  cause: SaidCause | undefined,
  retraced: () => Promise<boolean>,
): Promise<CureTried | null> {
  if (cause === undefined) return null
  const isOfNode = cause.typedAt?.startsWith('node/') === true && cause.cure.length > 0
  const lines = cause.cure.length > 0 ? cause.cure : cause.owner
  if (lines.length === 0) return null
  const at = isOfNode ? (cause.typedAt ?? '') : 'kubectl, aws'
  let failed: string | null = null
  for (const line of lines) {
    failed = isOfNode ? await onNode(up, at.replace('node/', ''), line) : await anywhere(up, line)
    if (failed !== null) break
  }
  if (/rollout restart|set env|delete pod/.test(lines.join())) await settled(up)
  return { commands: lines, at, failed, mends: failed === null && (await retraced()) }
}

async function onNode(up: TestLab, node: string, line: string): Promise<string | null> {
  const { status, output } = await up.onNode(up.nodes.indexOf(node) + 1, line)
  return status === 0 ? null : `${line}: ${output.trim()}`
}

async function anywhere(up: TestLab, line: string): Promise<string | null> {
  const [program, ...words] = (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, ''))
  try {
    await (program === 'aws' ? up.aws(...words) : up.kubectl(...words))
    return null
  } catch (error) {
    return `${line}: ${error instanceof Error ? error.message : String(error)}`
  }
}

async function settled(up: TestLab): Promise<void> {
  await up.kubectl('-n', 'kube-system', 'rollout', 'status', 'daemonset/aws-node', '--timeout=60s')
  await up.kubectl('rollout', 'status', 'deployment/netshoot-pod', '--timeout=60s')
}
