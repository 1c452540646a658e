import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process of a lab, as the host sees it. */
export interface LabProcess {
  readonly pid: number
  readonly parent: number
  /** Its numbers from the host's PID namespace inwards: a node's first process has three, the last is 1. */
  readonly numbers: readonly number[]
  readonly network: string
  readonly hostname: string
  readonly command: readonly string[]
}

function look(pid: number): LabProcess | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return {
      pid,
      parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]),
      numbers: (/^NSpid:\s+(.*)$/m.exec(status)?.[1] ?? '').split(/\s+/).map(Number),
      network: readlinkSync(`/proc/${pid}/ns/net`),
      hostname: readlinkSync(`/proc/${pid}/ns/uts`),
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        .split('\0')
        .filter((word) => word !== ''),
    }
  } catch {
    // It ended while we looked.
    return undefined
  }
}

/** Every process below the one that the lab hangs from, that one included. */
export function labProcesses(top: number): readonly LabProcess[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => look(Number(name)) ?? [])
  const found = all.filter(({ pid }) => pid === top)
  for (let i = 0; i < found.length; i++) found.push(...all.filter(({ parent }) => parent === found[i]?.pid))
  return found
}

const is = (one: LabProcess, ...words: readonly string[]): boolean =>
  words.every((word) => one.command.some((said) => said.includes(word)))
const isFirst = ({ numbers }: LabProcess, depth: number): boolean =>
  numbers.length === depth && numbers.at(-1) === 1

export const daemonOf = (all: readonly LabProcess[]): LabProcess =>
  only(all.filter((one) => is(one, 'lab/daemon/main.js') && one.command[0]?.endsWith('node') === true))

/** The first processes of the nodes and of the bastion, which runs no pods and no sshd. */
export const machinesOf = (all: readonly LabProcess[]): readonly LabProcess[] =>
  all.filter((one) => isFirst(one, 3))
export const nodesOf = (all: readonly LabProcess[]): readonly LabProcess[] =>
  machinesOf(all).filter(({ network }) => all.some((other) => other.network === network && isFirst(other, 4)))
export const bastionOf = (all: readonly LabProcess[]): LabProcess =>
  only(machinesOf(all).filter((one) => !nodesOf(all).includes(one)))

/** The first process of the sandbox in which this program runs. */
export const sandboxOf = (all: readonly LabProcess[], program: string): LabProcess => {
  const inside = all.find(
    (one) => one.numbers.length === 4 && is(one, program) && one.command[0] !== 'nsenter',
  )
  return only(all.filter((one) => isFirst(one, 4) && one.network === inside?.network))
}
export const programOf = (all: readonly LabProcess[], program: string): LabProcess | undefined =>
  all.find((one) => one.command[0] !== 'nsenter' && is(one, program))

/** The daemon's own shells: in its network namespace, the router's, the gateways', the internet's. */
export const shellsOf = (all: readonly LabProcess[]): readonly LabProcess[] =>
  all.filter((one) => one.parent === daemonOf(all).pid && one.command.join(' ') === 'sh')
/** What holds the mount namespace in which pods find the nodes’ files. */
export const holderOf = (all: readonly LabProcess[]): LabProcess =>
  only(all.filter((one) => one.parent === daemonOf(all).pid && one.command.join(' ') === 'sleep infinity'))

function only(found: readonly LabProcess[]): LabProcess {
  const [one] = found
  if (one === undefined || found.length > 1) throw new Error(`${found.length} processes fit`)
  return one
}
