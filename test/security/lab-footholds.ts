import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LabRecord } from '../../src/lab/daemon/record/record.ts'
import { openShell, type ShellSession, type Words } from '../../src/lab/dataplane/shell-session.ts'
import { podOf } from '../lab/idle-pod.ts'
import { runtimeDirectory } from '../lab/lab.ts'
import { makeOtherUser, otherUser, whyNoOtherUser, type OtherUser } from '../lab/other-user.ts'
import { checkout } from '../lab/podpath.ts'

/** Who starts the lab that is attacked. */
export const ways = ['root', 'a user'] as const
export type Way = (typeof ways)[number]

/** From where an attack is tried: a shell there, as root. */
export const footholds = [
  'an ordinary pod',
  'a privileged pod',
  'a privileged pod on the node’s network and processes',
  'a node by ssh',
  'the bastion',
] as const
export type Foothold = (typeof footholds)[number]

/** Why no lab can be started that way here; undefined when one can. */
export const whyNot = (way: Way): string | undefined =>
  way === 'a user'
    ? whyNoOtherUser
    : process.getuid?.() === 0
      ? undefined
      : 'only root can start a lab as root'

export interface AttackedLab {
  readonly record: LabRecord
  /** The id of who started it. */
  readonly owner: number
  /** Runs a shell script there and gives what it said on both outputs. */
  readonly from: (foothold: Foothold, script: string) => Promise<string>
  /** The same in a pod of the cluster's, whoever made it. */
  readonly inPod: (name: string, script: string) => Promise<string>
  /** Why there is no such foothold in this lab. */
  readonly without: (foothold: Foothold) => string | undefined
  readonly kubectl: (...args: readonly string[]) => Promise<string>
  /** As `kubectl apply -f`, of many objects at once. */
  readonly apply: (...objects: readonly object[]) => Promise<void>
  /** The words that run podpath as who started the lab. */
  readonly podpathWords: (...args: readonly string[]) => Words
  readonly nodes: readonly string[]
  readonly down: () => Promise<void>
}

export interface StartOptions {
  readonly name: string
  readonly options?: readonly string[]
  /** Lines for bash before it runs podpath, or whatever it is given: what is open, what the session has. */
  readonly before?: string
  readonly groups?: readonly number[]
}

const run = promisify(execFile)

/** Starts a lab as root or as a user, and takes hold of all places in it. */
export async function attackedLab(way: Way, { name, options = [], before = '', groups = [] }: StartOptions) {
  const user: OtherUser | undefined = way === 'a user' ? makeOtherUser() : undefined
  const runtime = user?.runtime ?? runtimeDirectory()
  const as = (argv: readonly string[]): Words =>
    user?.words(argv, groups) ?? ['env', `PODPATH_RUNTIME_DIR=${runtime}`, ...argv]
  const program = join(user === undefined ? checkout : join(user.home, 'podpath'), 'bin/podpath.js')
  const podpathWords = (...args: readonly string[]): Words => as([process.execPath, program, ...args])
  const [starter, ...rest] = as([
    ...['bash', '-c', `${before}\nexec "$@"`, 'start', process.execPath, program],
    // A user sees nothing of what lies in root's home.
    ...['lab', 'up', '--name', name, '--incomplete', ...options],
  ])
  await ended(starter, rest)
  const directory = join(runtime, name)
  const record = JSON.parse(readFileSync(join(directory, 'lab.json'), 'utf8')) as LabRecord
  const kubectlWords = (...args: readonly string[]): Words => [
    'kubectl',
    '--kubeconfig',
    join(directory, 'kubeconfig'),
    ...args,
  ]
  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const [program, ...words] = kubectlWords(...args)
    return (await run(program, words, { timeout: 60_000, env: { ...process.env, HOME: runtime } })).stdout
  }
  const apply = async (...objects: readonly object[]): Promise<void> => {
    const file = join(directory, `${randomUUID()}.json`)
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
    await kubectl('apply', '-f', file)
    rmSync(file)
  }
  const [first = ''] = (await kubectl('get', 'pods', '-o', 'name')).split('\n')
  const nodes = (await kubectl('get', 'nodes', '-o', 'name')).trim().replaceAll('node/', '').split('\n')
  await apply(
    podOf('privileged', { nodeName: nodes[1] }, { securityContext: { privileged: true } }),
    podOf(
      'node-shell',
      { nodeName: nodes[1], hostNetwork: true, hostPID: true },
      { securityContext: { privileged: true } },
    ),
  )
  await kubectl('wait', '--for=condition=Ready', 'pod/privileged', 'pod/node-shell', '--timeout=60s')
  const inPodWords = (pod: string): Words => kubectlWords('exec', '-i', pod, '--', 'sh')
  const words: Readonly<Record<Foothold, Words>> = {
    'an ordinary pod': inPodWords(first.replace('pod/', '')),
    'a privileged pod': inPodWords('privileged'),
    'a privileged pod on the node’s network and processes': inPodWords('node-shell'),
    'a node by ssh': podpathWords(
      ...['lab', 'shell', '--name', name, '--'],
      ...['bash', '-c', 'exec ssh ec2-user@$N1 sudo sh'],
    ),
    'the bastion': podpathWords('lab', 'shell', '--name', name, '--', 'sh'),
  }
  const shells = new Map<string, ShellSession>()
  const speak = async (where: string, argv: Words, script: string): Promise<string> => {
    const shell = shells.get(where) ?? openShell(where, argv, () => argv)
    shells.set(where, shell)
    return (await shell.run(script)).output
  }
  const without = (foothold: Foothold): string | undefined =>
    foothold === 'a node by ssh' ? (record.shell?.withoutSsh ?? undefined) : undefined
  const lab: AttackedLab = {
    record,
    owner: user === undefined ? (process.getuid?.() ?? 0) : otherUser.uid,
    from: (foothold, script) => speak(foothold, words[foothold], script),
    inPod: (pod, script) => speak(`pod ${pod}`, inPodWords(pod), script),
    without,
    kubectl,
    apply,
    podpathWords,
    nodes,
    async down() {
      for (const shell of shells.values()) shell.close()
      const [program, ...args] = podpathWords('lab', 'down', '--name', name)
      try {
        await ended(program, args)
      } finally {
        user?.remove()
        if (user === undefined) rmSync(runtime, { recursive: true, force: true })
      }
    },
  }
  // Each is there and is root, so that no attack fails for want of a shell.
  for (const foothold of footholds.filter((one) => without(one) === undefined)) {
    const id = (await lab.from(foothold, 'id -u')).trim()
    if (id !== '0') throw new Error(`no root in ${foothold}: ${id}`)
  }
  return lab
}

/** Runs it to its end; throws with its last words unless that is a good one. */
function ended(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 90_000 })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => {
      if (status === 0) resolve()
      else reject(new Error(`${[program, ...args].slice(-6).join(' ')}: exit ${status}: ${said}`))
    })
  })
}
