import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { paste } from '../../exec/run-error.ts'
import { guestRoot } from '../namespaces/guests.ts'
import { labDirectory } from '../namespaces/root/lab-script.ts'
import { machineAccounts, shadowOf } from '../ssh/accounts.ts'
import { bashrc, profile } from '../ssh/node-login.ts'
import { packageManagers } from './package-managers.ts'
import { nodePrograms } from './programs.ts'

/** Where the names of things are looked up: in files and by DNS, as the machine's own manners are not the lab's. */
const nameServices = `passwd: files
group: files
shadow: files
hosts: files dns
networks: files
protocols: files
services: files
ethers: files
rpc: files
`

/** For programs that ask PAM: root may, nobody else. */
const otherPam = `auth sufficient pam_rootok.so
auth required pam_deny.so
account required pam_permit.so
password required pam_deny.so
session required pam_permit.so
`

/**
 * Completes the /etc that every machine and pod of the lab begins with (the lab's first script has put into it what programs of this
 * machine need), and the commands for which the lab answers on a node.
 */
export function layOutMachine(): void {
  const etc = (path: string): string => join(labDirectory, 'etc', path)
  const accounts = machineAccounts({
    passwd: readFileSync(etc('passwd'), 'utf8'),
    group: readFileSync(etc('group'), 'utf8'),
  })
  for (const directory of ['pam.d', 'ssh', 'sudoers.d']) {
    mkdirSync(etc(directory))
    chownSync(etc(directory), guestRoot, guestRoot)
  }
  const files: Readonly<Record<string, readonly [text: string, mode: number]>> = {
    passwd: [accounts.passwd, 0o644],
    group: [accounts.group, 0o644],
    shadow: [shadowOf(accounts.passwd), 0o600],
    gshadow: ['', 0o600],
    'nsswitch.conf': [nameServices, 0o644],
    'pam.d/other': [otherPam, 0o644],
    profile: [profile, 0o644],
    'bash.bashrc': [bashrc, 0o644],
  }
  for (const [path, [text, mode]] of Object.entries(files)) {
    writeFileSync(etc(path), text, { mode })
    chownSync(etc(path), guestRoot, guestRoot)
  }
  const onNodes = [
    ...nodePrograms.map(({ name, argv }) => ({ name, script: `#!/bin/sh\nexec ${paste(argv)} "$@"\n` })),
    ...packageManagers,
  ]
  for (const { name, script } of onNodes)
    writeFileSync(join(labDirectory, 'node-bin', name), script, { mode: 0o755 })
}
