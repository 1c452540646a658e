import { createHash } from 'node:crypto'
import { humanDuration } from './human-duration.ts'
import {
  complained,
  containersOf,
  printed,
  sandboxId,
  type NodeAnswer,
  type NodeContainer,
  type NodeView,
} from './node-view.ts'
import { inspectContainer, inspectPod } from './crictl-inspect.ts'
import { readFlags, type Flags } from './flags.ts'

/** Runs crictl (cri-tools 1.32) on a node. `privileged` is what root may. */
export function crictl(argv: readonly string[], view: NodeView, privileged: boolean): NodeAnswer {
  const words = globalFlags(argv)
  const [command = 'help', ...rest] = words
  if (['help', '--help', '-h'].includes(command)) return printed(help)
  if (command === '--version' || command === '-v') return printed('crictl version v1.32.0\n')
  const run = commands[command]
  if (!run) return complained(`No help topic for '${command}'`, 3)
  if (!privileged) return fatal(view, denied)
  return run(rest, view)
}

const denied =
  'validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: permission denied"'

const help = `NAME:
   crictl - client for CRI

USAGE:
   crictl [global options] command [command options]

COMMANDS (of this lab):
   exec                Run a command in a running container
   images, image, img  List images
   inspect             Display the status of one or more containers
   inspectp            Display the status of one or more pods
   logs                Fetch the logs of a container: in the lab, kubectl logs
   pods                List pods
   ps                  List containers
   version             Display runtime version information
`

/** Options before the command, which in the lab change nothing: there is one runtime. */
function globalFlags(argv: readonly string[]): readonly string[] {
  const withValue = new Set([
    '-r',
    '--runtime-endpoint',
    '-i',
    '--image-endpoint',
    '-t',
    '--timeout',
    '-c',
    '--config',
  ])
  let at = 0
  while (at < argv.length) {
    const word = argv[at] ?? ''
    if (withValue.has(word)) at += 2
    else if (
      /^--(runtime-endpoint|image-endpoint|timeout|config)=/.test(word) ||
      word === '-D' ||
      word === '--debug'
    )
      at++
    else break
  }
  return argv.slice(at)
}

/** logrus's line of an error that ends the program. */
const fatal = ({ now }: Pick<NodeView, 'now'>, message: string): NodeAnswer =>
  complained(
    `time="${new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')}" level=fatal msg=${JSON.stringify(message)}`,
  )

type Command = (argv: readonly string[], view: NodeView) => NodeAnswer

const commands: Readonly<Record<string, Command>> = {
  ps: listContainers,
  pods: listPods,
  images: listImages,
  image: listImages,
  img: listImages,
  exec: execute,
  inspectp: (argv, view) =>
    inspecting(
      argv,
      view,
      (id) => {
        const pod = byPrefix(view.pods, sandboxId, id)
        return pod ? inspectPod(pod, view) : undefined
      },
      'get pod status',
      'sandbox',
    ),
  inspect: (argv, view) =>
    inspecting(
      argv,
      view,
      (id) => {
        const found = byPrefix(containersOf(view), (one) => one.id, id)
        return found ? inspectContainer(found) : undefined
      },
      'get container status',
      'container',
    ),
  logs: (_, view) =>
    fatal(view, 'the lab keeps no log files on its nodes: kubectl logs has what a container said'),
  version: (_, { versions }) =>
    printed(
      `Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  ${versions.containerd}\nRuntimeApiVersion:  v1\n`,
    ),
}

const listFlags = {
  '-a': '--all',
  '--all': '--all',
  '-q': '--quiet',
  '--quiet': '--quiet',
  '--no-trunc': '--no-trunc',
  '-l': '--latest',
  '--latest': '--latest',
  '-v': '--verbose',
  '--verbose': '--verbose',
} as const
const listValues = {
  '--name': '--name',
  '--namespace': '--namespace',
  '-p': '--pod',
  '--pod': '--pod',
  '-s': '--state',
  '--state': '--state',
  '--id': '--id',
  '-n': '--last',
  '--last': '--last',
  '-o': '--output',
  '--output': '--output',
} as const

/** Reads a command's flags; the answer is a complaint when they are not right. */
function read(
  argv: readonly string[],
  view: NodeView,
  flags: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): { readonly given: Flags } | { readonly refused: NodeAnswer } {
  const given = readFlags(argv, flags, values)
  return 'problem' in given ? { refused: fatal(view, given.problem) } : { given }
}

const short = (id: string): string => id.slice(0, 13)
/** The lab has no images; an id that follows from the name stands for one. */
const imageId = (name: string): string => createHash('sha256').update(name).digest('hex')

function listContainers(argv: readonly string[], view: NodeView): NodeAnswer {
  const taken = read(argv, view, listFlags, listValues)
  if ('refused' in taken) return taken.refused
  const { given } = taken
  const state = given.values['--state']?.toLowerCase()
  const wanted = containersOf(view).filter(
    (one) =>
      (given.set.has('--all') || given.set.has('--latest') || state !== undefined || one.running) &&
      (state === undefined || state === (one.running ? 'running' : 'exited')) &&
      matches(given.values['--name'], one.status.name) &&
      matches(given.values['--namespace'], one.pod.metadata.namespace ?? 'default') &&
      (given.values['--pod'] === undefined || sandboxId(one.pod).startsWith(given.values['--pod'])) &&
      (given.values['--id'] === undefined || one.id.startsWith(given.values['--id'])),
  )
  const shown = given.set.has('--latest') ? wanted.slice(0, 1) : wanted
  if (given.set.has('--quiet')) return printed(shown.map(({ id }) => `${id}\n`).join(''))
  if (given.values['--output'] === 'json')
    return printed(`${JSON.stringify({ containers: shown.map(containerJson) }, null, 2)}\n`)
  const cut = given.set.has('--no-trunc') ? (id: string) => id : short
  return printed(
    table([
      ['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'],
      ...shown.map(({ id, pod, status, running, created }) => [
        cut(id),
        cut(imageId(status.image)),
        `${humanDuration(view.now - created)} ago`,
        running ? 'Running' : 'Exited',
        status.name,
        String(status.restartCount),
        cut(sandboxId(pod)),
        pod.metadata.name,
        pod.metadata.namespace ?? 'default',
      ]),
    ]),
  )
}

const containerJson = ({ id, pod, status, running, created }: NodeContainer) => ({
  id,
  podSandboxId: sandboxId(pod),
  metadata: { name: status.name, attempt: status.restartCount },
  image: { image: `sha256:${imageId(status.image)}`, userSpecifiedImage: status.image },
  state: running ? 'CONTAINER_RUNNING' : 'CONTAINER_EXITED',
  createdAt: String(created * 1_000_000),
  labels: {
    'io.kubernetes.container.name': status.name,
    'io.kubernetes.pod.name': pod.metadata.name,
    'io.kubernetes.pod.namespace': pod.metadata.namespace ?? 'default',
    'io.kubernetes.pod.uid': pod.metadata.uid,
  },
})

/** A pod has a sandbox from when it has its address until it is gone. */
const sandboxed = (view: NodeView) => view.pods.filter((pod) => pod.status?.podIP !== undefined)
const isUp = (view: NodeView, pod: NodeView['pods'][number]): boolean => view.sandboxPid(pod) !== undefined

function listPods(argv: readonly string[], view: NodeView): NodeAnswer {
  const taken = read(argv, view, listFlags, listValues)
  if ('refused' in taken) return taken.refused
  const { given } = taken
  const state = given.values['--state']?.toLowerCase().replace('notready', 'not')
  const wanted = sandboxed(view)
    .toSorted((a, b) => createdAt(b) - createdAt(a))
    .filter(
      (pod) =>
        matches(given.values['--name'], pod.metadata.name) &&
        matches(given.values['--namespace'], pod.metadata.namespace ?? 'default') &&
        (state === undefined || state === (isUp(view, pod) ? 'ready' : 'not')) &&
        (given.values['--id'] === undefined || sandboxId(pod).startsWith(given.values['--id'])),
    )
  if (given.set.has('--quiet')) return printed(wanted.map((pod) => `${sandboxId(pod)}\n`).join(''))
  const cut = given.set.has('--no-trunc') ? (id: string) => id : short
  return printed(
    table([
      ['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'],
      ...wanted.map((pod) => [
        cut(sandboxId(pod)),
        `${humanDuration(view.now - createdAt(pod))} ago`,
        isUp(view, pod) ? 'Ready' : 'NotReady',
        pod.metadata.name,
        pod.metadata.namespace ?? 'default',
        '0',
        '(default)',
      ]),
    ]),
  )
}

const createdAt = (pod: NodeView['pods'][number]): number => Date.parse(pod.status?.startTime ?? '') || 0

function listImages(argv: readonly string[], view: NodeView): NodeAnswer {
  const taken = read(argv, view, { ...listFlags, '--digests': '--digests' }, listValues)
  if ('refused' in taken) return taken.refused
  const names = [...new Set(containersOf(view).map(({ status }) => status.image))].toSorted()
  if (taken.given.set.has('--quiet'))
    return printed(names.map((name) => `sha256:${imageId(name)}\n`).join(''))
  return printed(
    table([
      ['IMAGE', 'TAG', 'IMAGE ID', 'SIZE'],
      // Nothing was pulled, and nothing is stored: the size is what it is.
      ...names.map((name) => [...nameAndTag(name), short(imageId(name)), '0B']),
    ]),
  )
}

/** `nginx:1.27` → `docker.io/library/nginx`, `1.27`. */
function nameAndTag(image: string): readonly [string, string] {
  const [, name = image, tag = 'latest'] = /^(.*?)(?::([^/:@]+))?(?:@.*)?$/.exec(image) ?? []
  const [first = '', ...rest] = name.split('/')
  const registry = rest.length > 0 && /[.:]|^localhost$/.test(first)
  return [registry ? name : `docker.io/${rest.length === 0 ? 'library/' : ''}${name}`, tag]
}

function execute(argv: readonly string[], view: NodeView): NodeAnswer {
  const set = new Set<string>()
  let at = 0
  for (; /^-/.test(argv[at] ?? '') && argv[at] !== '--'; at++) {
    const word = argv[at] ?? ''
    const letters = /^-[a-z]+$/.test(word) ? [...word.slice(1)] : [word]
    for (const letter of letters) {
      if (['i', '--interactive'].includes(letter)) set.add('stdin')
      else if (['t', '--tty'].includes(letter)) set.add('tty')
      else if (['s', '--sync'].includes(letter)) set.add('sync')
      else return fatal(view, `flag provided but not defined: ${word}`)
    }
  }
  const [id, ...command] = argv.slice(at).filter((word, i) => !(word === '--' && i <= 1))
  const [program, ...args] = command
  if (id === undefined) return fatal(view, 'ID cannot be empty')
  if (program === undefined) return fatal(view, 'please specify one container to exec and a command')
  const found = byPrefix(containersOf(view), (one) => one.id, id)
  if (!found) return fatal(view, missing('execing command in container', 'container', id))
  if (!found.running)
    return fatal(
      view,
      `execing command in container: rpc error: code = Unknown desc = container is in CONTAINER_EXITED state`,
    )
  return {
    kind: 'exec',
    pod: found.pod,
    container: found.status.name,
    argv: [program, ...args],
    stdin: set.has('stdin'),
    tty: set.has('tty'),
  }
}

function inspecting(
  argv: readonly string[],
  view: NodeView,
  inspect: (id: string) => object | undefined,
  doing: string,
  what: string,
): NodeAnswer {
  const taken = read(argv, view, listFlags, listValues)
  if ('refused' in taken) return taken.refused
  const { words } = taken.given
  if (words.length === 0) return fatal(view, 'ID cannot be empty')
  let out = ''
  for (const id of words) {
    const found = inspect(id)
    if (!found) return fatal(view, missing(doing, what, id))
    out += `${JSON.stringify(found, null, 2)}\n`
  }
  return printed(out)
}

const missing = (doing: string, what: string, id: string): string =>
  `${doing}: rpc error: code = NotFound desc = an error occurred when try to find ${what} "${id}": not found`

/** Ids may be cut short as long as they tell one from the others. */
function byPrefix<T>(all: readonly T[], idOf: (one: T) => string, id: string): T | undefined {
  const found = all.filter((one) => idOf(one).startsWith(id))
  return found.length === 1 ? found[0] : undefined
}

/** crictl's filters are regular expressions; one that is none finds what contains it. */
function matches(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true
  try {
    return new RegExp(pattern.slice(0, 200)).test(text)
  } catch {
    return text.includes(pattern)
  }
}

/** Go's tabwriter with a least width of 20 and a padding of 3, as crictl uses it. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(20, ...rows.map((row) => (row[i] ?? '').length + 3)))
  return rows
    .map(
      (row) =>
        `${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('')}\n`,
    )
    .join('')
}
