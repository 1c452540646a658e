import { paste } from '../../exec/run-error.ts'
import type { Act } from '../dataplane/act.ts'
import type { Accounts } from './accounts.ts'
import type { ClientProgram } from './client-programs.ts'
import { accountActs, bashrc } from './node-login.ts'

export interface BastionLogin {
  readonly accounts: Accounts
  /** For the bastion's view of the API server. */
  readonly kubeconfig: string
  readonly aws: {
    readonly endpoint: string
    readonly region: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
  }
  readonly ssh:
    | { readonly able: true; readonly key: string; readonly knownHosts: readonly KnownHost[] }
    /** One line that says why. */
    | { readonly able: false; readonly why: string }
  readonly programs: readonly ClientProgram[]
}

export interface KnownHost {
  readonly names: readonly string[]
  readonly publicKey: string
}

/** The AWS profile's name. */
export const awsProfile = 'podpath-lab'

/** Where the bastion finds kubectl and aws first. */
export const programDirectory = '/run/podpath/bin'

/** The bastion's own home: everything its kubectl, aws and ssh need to know. */
export function bastionLoginActs(login: BastionLogin): readonly Act[] {
  const { aws } = login
  return [
    ...accountActs(login.accounts),
    {
      kind: 'run',
      why: 'directories',
      argv: ['mkdir', '-p', '/root/.kube', '/root/.aws', '/root/.ssh', programDirectory],
    },
    { kind: 'file', why: 'kubectl', path: '/root/.kube/config', text: login.kubeconfig, private: true },
    {
      kind: 'file',
      why: 'aws',
      path: '/root/.aws/config',
      text: ['default', `profile ${awsProfile}`]
        .map((name) => `[${name}]\nregion = ${aws.region}\noutput = json\nendpoint_url = ${aws.endpoint}\n`)
        .join('\n'),
    },
    {
      kind: 'file',
      why: 'aws',
      path: '/root/.aws/credentials',
      text: ['default', awsProfile]
        .map(
          (name) =>
            `[${name}]\naws_access_key_id = ${aws.accessKeyId}\naws_secret_access_key = ${aws.secretAccessKey}\n`,
        )
        .join('\n'),
      private: true,
    },
    ...sshActs(login.ssh),
    {
      kind: 'file',
      why: 'login shells',
      path: '/root/.bash_profile',
      text: `[ -r ~/.bashrc ] && . ~/.bashrc\nPATH=${programDirectory}:$PATH\n`,
    },
    { kind: 'file', why: 'shells', path: '/root/.bashrc', text: bashrc },
    ...login.programs.map(programAct),
  ]
}

function sshActs(ssh: BastionLogin['ssh']): readonly Act[] {
  if (!ssh.able)
    return ['ssh', 'scp', 'sftp'].map((name) =>
      programAct({ kind: 'missing', name, why: `podpath: ${ssh.why}` }),
    )
  return [
    {
      kind: 'file',
      why: 'ssh',
      path: '/root/.ssh/config',
      // A node that has just booted may not listen yet.
      text: 'Host *\n  User ec2-user\n  IdentityFile ~/.ssh/id_ed25519\n  IdentitiesOnly yes\n  StrictHostKeyChecking yes\n  ConnectionAttempts 10\n  ServerAliveInterval 15\n',
    },
    { kind: 'file', why: 'ssh', path: '/root/.ssh/id_ed25519', text: ssh.key, private: true },
    {
      kind: 'file',
      why: 'the nodes’ keys',
      path: '/root/.ssh/known_hosts',
      text: ssh.knownHosts.map((host) => `${host.names.join(',')} ${host.publicKey}\n`).join(''),
    },
  ]
}

const programAct = (program: ClientProgram): Act => ({
  kind: 'file',
  why: program.name,
  path: `${programDirectory}/${program.name}`,
  text: launcher(program),
  executable: true,
})

/** Runs the host's program where it stands, or says what is missing. */
const launcher = (program: ClientProgram): string =>
  program.kind === 'found'
    ? `#!/bin/sh\nexec ${paste(program.argv)}${program.name === 'aws' ? awsWords : ''} "$@"\n`
    : `#!/bin/sh\necho ${paste([program.why])} >&2\nexit 127\n`

/** The AWS CLI reads AWS_ENDPOINT_URL since 2.13; Debian 12 has 2.9. */
const awsWords = ' ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"}'
