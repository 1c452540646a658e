import { readFlags } from './flags.ts'
import { journalText } from './journalctl.ts'
import { complained, printed, type NodeAnswer, type NodeView } from './node-view.ts'

interface Unit {
  readonly description: string
  readonly file: string
  readonly docs: string
  /** What the lab is instead: systemd's line for what a service says of itself. */
  readonly status: string
}

const units: Readonly<Record<string, Unit>> = {
  kubelet: {
    description: 'Kubernetes Kubelet',
    file: '/etc/systemd/system/kubelet.service',
    docs: 'https://github.com/kubernetes/kubernetes',
    status: 'the lab’s kubelet: it works for this node from outside of it, and has no process here',
  },
  containerd: {
    description: 'containerd container runtime',
    file: '/usr/lib/systemd/system/containerd.service',
    docs: 'https://containerd.io',
    status: 'the lab makes the containers from outside of this node, and has no process here',
  },
  sshd: {
    description: 'OpenSSH server daemon',
    file: '/usr/lib/systemd/system/sshd.service',
    docs: 'man:sshd(8)',
    status: 'a real sshd',
  },
}

const flags = {
  '--no-pager': '--no-pager',
  '-l': '--full',
  '--full': '--full',
  '-q': '--quiet',
  '--quiet': '--quiet',
} as const
const values = { '-n': '--lines', '--lines': '--lines', '-o': '--output', '--output': '--output' } as const

/** Runs systemctl on a node: what a lab's node has, in systemd's words. */
export function systemctl(argv: readonly string[], view: NodeView): NodeAnswer {
  const given = readFlags(argv, flags, values)
  if ('problem' in given) return complained(`systemctl: ${given.problem}`)
  const [verb, ...names] = given.words
  const named = names.map((name) => name.replace(/\.service$/, ''))
  switch (verb) {
    case 'status':
      return named.length === 0
        ? complained('podpath: name a unit of this lab’s node: kubelet, containerd or sshd')
        : all(named, (name) => statusOf(name, view, Number(given.values['--lines'] ?? 10)))
    case 'is-active':
      return all(named, (name) =>
        units[name] ? printed('active\n') : { kind: 'text', stdout: 'inactive\n', stderr: '', exit: 3 },
      )
    case 'is-enabled':
      return all(named, (name) =>
        units[name]
          ? printed('enabled\n')
          : complained(`Failed to get unit file state for ${name}.service: No such file or directory`),
      )
    case 'start':
    case 'stop':
    case 'restart':
    case 'reload':
    case 'enable':
    case 'disable':
      return all(named, (name) =>
        units[name]
          ? complained(
              `Failed to ${verb} ${name}.service: the lab runs it from outside of this node, and it cannot be changed from here (podpath lab break has ways to break a node)`,
            )
          : complained(`Failed to ${verb} ${name}.service: Unit ${name}.service not found.`, 5),
      )
    case undefined:
      return complained('podpath: this lab’s systemctl knows status, is-active and is-enabled')
    default:
      return complained(`Unknown operation ${verb}.`)
  }
}

/** One answer of several; the last exit status that is not 0 counts, as systemctl's. */
function all(names: readonly string[], one: (name: string) => NodeAnswer): NodeAnswer {
  if (names.length === 0) return complained('Too few arguments.')
  const answers = names.map(one).filter((answer) => answer.kind === 'text')
  return {
    kind: 'text',
    stdout: answers
      .map(({ stdout }) => stdout)
      .join(answers.every(({ stdout }) => stdout.includes('\n\n')) ? '\n' : ''),
    stderr: answers.map(({ stderr }) => stderr).join(''),
    exit: answers.reduce((exit, answer) => (answer.exit === 0 ? exit : answer.exit), 0),
  }
}

function statusOf(name: string, view: NodeView, lines: number): NodeAnswer {
  const unit = units[name]
  if (!unit) return complained(`Unit ${name}.service could not be found.`, 4)
  const day = new Intl.DateTimeFormat('en-US', { weekday: 'short', timeZone: 'UTC' }).format(view.since)
  const at = new Date(view.since)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
  const journal = view.journal.filter((line) => line.unit === name).slice(-lines)
  return printed(
    [
      `● ${name}.service - ${unit.description}`,
      `     Loaded: loaded (${unit.file}; enabled; preset: disabled)`,
      `     Active: active (running) since ${day} ${at}; ${ago(view.now - view.since)} ago`,
      `       Docs: ${unit.docs}`,
      `     Status: "${unit.status}"`,
      ...(journal.length === 0 || lines === 0
        ? []
        : ['', ...journal.map((line) => journalText(line, view.node))]),
      '',
    ].join('\n'),
  )
}

/** systemd's short way: `3min 12s`. */
function ago(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}min ${seconds % 60}s`
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? `${hours}h ${minutes % 60}min` : `${Math.floor(hours / 24)} days`
}
