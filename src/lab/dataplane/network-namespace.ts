import { closeSync, openSync } from 'node:fs'
import { ownNetwork, sameNetwork } from '../namespaces/own-network.ts'
import { openShell, type ShellSession, type Words } from './shell-session.ts'

/**
 * A network namespace with nothing but a shell in it: a router, a gateway. The daemon holds it open, so that its wires,
 * routes and rules outlive the shell, which is opened again when it ends.
 */
export interface NetworkNamespace extends ShellSession {
  /** The namespace's file, for whoever the daemon starts in its own namespaces. */
  readonly file: string
}

/** @param guest the words that enter the guests' user namespace */
export async function openNetwork(where: string, guest: Words): Promise<NetworkNamespace> {
  let file: string | null = null
  const shell = openShell(where, [...guest, ...ownNetwork, 'sh'], () =>
    file === null ? null : ['nsenter', `--net=${file}`, ...guest, ...sameNetwork, 'sh'],
  )
  // Once a word has come back the namespace is the shell's own: before, it would be ours.
  await shell.run(':')
  const held = openSync(`/proc/${shell.pid}/ns/net`, 'r')
  file = `/proc/${process.pid}/fd/${held}`
  return {
    where,
    file,
    get pid() {
      return shell.pid
    },
    get openPid() {
      return shell.openPid
    },
    run: shell.run,
    apply: shell.apply,
    close() {
      shell.close()
      closeSync(held)
    },
  }
}
