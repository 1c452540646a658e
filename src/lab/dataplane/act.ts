import { paste } from '../../exec/run-error.ts'

/**
 * One thing to do inside a network namespace, as data: the plan of the lab is a list of these, printed, tested and
 * compared without a kernel; only a shell session turns them into effects.
 */
export type Act =
  | {
      readonly kind: 'ip'
      readonly why: string
      /** A named namespace below the session's own; absent is the session's. */
      readonly namespace?: string
      /** Lines of one `ip -batch`. */
      readonly lines: readonly string[]
      /** Go on with the next line when one fails. */
      readonly force?: boolean
    }
  | {
      readonly kind: 'sysctl'
      readonly why: string
      /** Dotted names below /proc/sys; a `/` stands for a dot inside a name, as in sysctl(8). */
      readonly values: readonly (readonly [name: string, value: string])[]
    }
  | {
      readonly kind: 'iptables-restore'
      readonly why: string
      readonly backend: 'legacy' | 'nft'
      readonly family: 4 | 6
      readonly text: string
      /** Leave what is there and is not named. */
      readonly keep?: boolean
    }
  | { readonly kind: 'nft'; readonly why: string; readonly text: string }
  | {
      readonly kind: 'file'
      readonly why: string
      readonly path: string
      readonly text: string
      /** Add to what is there. */
      readonly append?: boolean
      /** For its owner alone; for everyone to read otherwise. */
      readonly private?: boolean
      readonly executable?: boolean
    }
  | { readonly kind: 'run'; readonly why: string; readonly argv: readonly [string, ...string[]] }

/**
 * The acts as one POSIX shell script that stops at the first failure. Values reach the shell quoted or in
 * here-documents whose delimiter is quoted, so nothing in them is ever evaluated.
 */
export function renderScript(acts: readonly Act[]): string {
  return ['set -e', ...inBatches(acts).map(renderBatch)].join('\n') + '\n'
}

type FileAct = Extract<Act, { readonly kind: 'file' }>
/** A single act, or files that are written anew one after the other. */
type Batch = Act | { readonly kind: 'files'; readonly acts: readonly FileAct[] }

/** Files in a row are written with one process for all of them: a node has some twenty. */
function inBatches(acts: readonly Act[]): readonly Batch[] {
  const batches: Batch[] = []
  for (const act of acts) {
    const last = batches.at(-1)
    if (act.kind !== 'file' || act.append) batches.push(act)
    else if (last?.kind === 'files') batches[batches.length - 1] = { ...last, acts: [...last.acts, act] }
    else batches.push({ kind: 'files', acts: [act] })
  }
  return batches
}

const renderBatch = (batch: Batch): string =>
  batch.kind === 'files' ? newFiles(batch.acts) : renderAct(batch)

function renderAct(act: Act): string {
  switch (act.kind) {
    case 'ip': {
      if (act.lines.length === 0) return ':'
      // `ip -n NAME` would also mount a sysfs, which costs time and is refused in a user namespace.
      const enter = act.namespace ? ['nsenter', `--net=/run/netns/${act.namespace}`] : []
      const argv = [...enter, 'ip', ...(act.force ? ['-force'] : []), '-batch', '-']
      return fed(argv, `${act.lines.join('\n')}\n`, act.force ? ' || :' : '')
    }
    case 'sysctl':
      return (
        act.values
          .map(([name, value]) => `echo ${paste([value])} > ${paste([sysctlPath(name)])}`)
          .join('\n') || ':'
      )
    case 'iptables-restore': {
      const program = `${act.family === 4 ? 'iptables' : 'ip6tables'}-${act.backend}-restore`
      return fed([program, lockWait, ...(act.keep ? ['--noflush'] : [])], act.text)
    }
    case 'nft':
      return fed(['nft', '-f', '-'], act.text)
    case 'file':
      return fileScript(act)
    case 'run':
      return paste(act.argv)
  }
}

/**
 * Who works on a node may hold its lock of iptables at this moment: kube-proxy waits for it for 5 s (kubernetes
 * pkg/util/iptables/iptables.go, WaitSecondsValue). Without this, iptables of 1.8.10 and later gives up at once.
 */
const lockWait = '--wait=5'

/** With the shell's own words where they suffice: a pod's log lines cost no process. */
function fileScript(act: FileAct): string {
  return act.append ? `printf %s ${paste([act.text])} >> ${paste([act.path])}` : newFiles([act])
}

/** Anew, so that the files have the rights that are asked for and not those of ones that are there. */
function newFiles(acts: readonly FileAct[]): string {
  const executable = acts.filter((act) => act.executable).map(({ path }) => path)
  return [
    paste(['rm', '-f', '--', ...acts.map(({ path }) => path)]),
    ...acts.map(
      (act) =>
        `(umask ${act.private ? '077' : '022'}; printf %s ${paste([act.text])} > ${paste([act.path])})`,
    ),
    ...(executable.length === 0 ? [] : [paste(['chmod', '755', '--', ...executable])]),
  ].join('\n')
}

/** `net.ipv4.conf.eth0.rp_filter` → its file; a `/` in the name stands for a dot. */
export const sysctlPath = (name: string): string =>
  `/proc/sys/${name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'))}`

const delimiter = 'PODPATH_END_OF_INPUT'

/** A command with its standard input in a here-document. */
function fed(argv: readonly string[], input: string, after = ''): string {
  if (input.split('\n').includes(delimiter)) throw new Error('the input holds the end-of-input line')
  return `${paste(argv)} <<'${delimiter}'${after}\n${input.endsWith('\n') ? input : `${input}\n`}${delimiter}`
}
