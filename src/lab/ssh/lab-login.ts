import { readFileSync } from 'node:fs'
import type { Dataplane } from '../dataplane/dataplane.ts'
import type { LiveNode } from '../dataplane/node.ts'
import { openShell } from '../dataplane/shell-session.ts'
import { inside } from '../namespaces/namespace-set.ts'
import type { Topology } from '../plan/topology.ts'
import { isInSystem } from '../requirements/on-machine.js'
import { requirements } from '../requirements/requirement.ts'
import { lineFor } from '../requirements/this-machine.ts'
import { machineAccounts, type Accounts } from './accounts.ts'
import { bastionLoginActs, type BastionLogin } from './bastion-login.ts'
import { nodeLoginActs } from './node-login.ts'
import { createSshKey, type SshKey } from './openssh-key.ts'

export interface LabLoginOptions {
  readonly topology: Topology
  readonly dataplane: Dataplane
  readonly kubeconfig: string
  readonly aws: BastionLogin['aws']
  readonly programs: BastionLogin['programs']
}

export interface LabLogin {
  /** Why nobody can log in to the nodes; null when one can. */
  readonly refused: string | null
  /** Lays out every node's accounts, one after the other, and hands each to `serve`, which starts its sshd: nobody waits for them. */
  openNodes(serve: (node: LiveNode) => void): Promise<void>
}

/** Lays out the bastion's home, with keys that exist only in this lab. */
export async function createLabLogin(options: LabLoginOptions): Promise<LabLogin> {
  const { topology, dataplane } = options
  const refused = whyNoSsh()
  const accounts = machineAccounts({
    passwd: readFileSync('/etc/passwd', 'utf8'),
    group: readFileSync('/etc/group', 'utf8'),
  })
  const user = createSshKey('ec2-user')
  const hosts = new Map(topology.nodes.map((node) => [node.name, createSshKey(node.name)]))
  const shell = openShell('bastion', [...inside(dataplane.bastion), 'sh'])
  try {
    await shell.apply(
      bastionLoginActs({
        accounts,
        kubeconfig: options.kubeconfig,
        aws: options.aws,
        programs: options.programs,
        ssh:
          refused === null
            ? { able: true, key: user.privateKey, knownHosts: knownHosts(topology, hosts) }
            : { able: false, why: refused },
      }),
    )
  } finally {
    shell.close()
  }
  return {
    refused,
    openNodes: (serve) =>
      refused === null ? openNodes(options, hosts, user, accounts, serve) : Promise.resolve(),
  }
}

async function openNodes(
  { dataplane, topology }: LabLoginOptions,
  hosts: ReadonlyMap<string, SshKey>,
  user: SshKey,
  accounts: Accounts,
  serve: (node: LiveNode) => void,
): Promise<void> {
  for (const [name, node] of dataplane.nodes) {
    const key = hosts.get(name)
    if (!key || node.ended) continue
    await node.shell.apply(
      nodeLoginActs({
        ami: topology.options.ami,
        accounts,
        hostKey: key.privateKey,
        authorized: user.publicKey,
      }),
    )
    serve(node)
  }
}

const knownHosts = (topology: Topology, keys: ReadonlyMap<string, SshKey>) =>
  topology.nodes.flatMap((node) => {
    const key = keys.get(node.name)
    const names = [
      node.address,
      node.name,
      node.name.split('.')[0] ?? node.name,
      node.publicAddress ?? [],
    ].flat()
    return key ? [{ names, publicKey: key.publicKey }] : []
  })

function whyNoSsh(): string | null {
  const missing = requirements
    .filter(({ programs }) => ['ssh', 'sshd', 'sudo'].some((name) => programs.includes(name)))
    .filter((one) => one.programs.some((program) => !isInSystem(program, one)))
  return missing.length === 0
    ? null
    : `ssh to the nodes needs ${missing.flatMap(({ programs }) => programs.slice(0, 1)).join(', ')}: ${lineFor(missing)}; then start the lab again`
}
