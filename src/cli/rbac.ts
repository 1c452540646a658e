import type { Command } from 'commander'
import { exitStatus } from '../model/result/exit-status.ts'
import { iamPolicy } from '../cluster/aws/iam-policy.ts'
import { rbacManifests, type RbacOptions, type Subject } from '../cluster/api/rbac-manifests.ts'
import type { Context } from './process/context.ts'
import { UsageError } from './process/failure.ts'
import { kubernetesName } from './options/kubernetes-name.ts'
import { yamlDocuments } from './output/yaml.ts'

interface RbacFlags {
  readonly namespace: string
  readonly serviceaccount?: string
  readonly user?: string
  readonly group?: string
  readonly ownNamespaces?: boolean
  readonly readOnly?: boolean
  readonly deploy?: boolean
  readonly ui?: boolean
  readonly iam?: boolean
}

/** `podpath rbac` */
export function addRbac(program: Command, context: Context): void {
  program
    .command('rbac')
    .description('print the least permissions that podpath needs, for kubectl apply -f -')
    .option(
      '-n, --namespace <name>',
      'the namespace that the agent will run in, and in which alone',
      'podpath',
    )
    .option('--serviceaccount <name>', '[NAMESPACE/]NAME that gets them (default: podpath, which is made)')
    .option('--user <name>', 'a user that gets them instead')
    .option('--group <name>', 'a group that gets them instead; on EKS, one of an access entry')
    .option('--own-namespaces', 'let every run make a namespace of its own: then pods may be created in all')
    .option('--read-only', 'what --via ssh needs: reading alone')
    .option('--deploy', 'also what verify --deploy needs')
    .option('--ui', 'also what podpath ui needs, to watch the cluster and to change it')
    .option('--iam', 'print the IAM policy for reading the VPC instead, as JSON')
    .addHelpText(
      'after',
      `
Examples:
  podpath rbac | kubectl apply -f -
  podpath verify --agent-namespace podpath --as system:serviceaccount:podpath:podpath
  podpath rbac --group network-debuggers | kubectl apply -f -
  podpath rbac --read-only --user jane | kubectl apply -f -
  podpath rbac --iam > policy.json`,
    )
    .action((flags: RbacFlags) =>
      context.run(async () => {
        const text = flags.iam
          ? `${JSON.stringify(iamPolicy(), null, 2)}\n`
          : await yamlDocuments(rbacManifests(rbacOptions(flags)))
        context.io.out(text)
        return exitStatus.fine
      }),
    )
}

function rbacOptions(flags: RbacFlags): RbacOptions {
  if (flags.ownNamespaces && flags.readOnly)
    throw new UsageError((usage) => usage.contradict('--own-namespaces', '--read-only'))
  for (const [option, given] of [
    ['--deploy', flags.deploy],
    ['--ui', flags.ui],
  ] as const)
    if (given && flags.readOnly) throw new UsageError((usage) => usage.contradict(option, '--read-only'))
  const namespace = kubernetesName('--namespace', flags.namespace)
  return {
    subject: subjectOf(flags, namespace),
    scope: flags.readOnly ? 'read' : flags.ownNamespaces ? 'own-namespaces' : 'namespace',
    namespace,
    deploy: flags.deploy === true,
    ui: flags.ui === true,
  }
}

function subjectOf(flags: RbacFlags, namespace: string): Subject {
  const { user, group, serviceaccount } = flags
  if ([user, group, serviceaccount].filter((one) => one !== undefined).length > 1)
    throw new UsageError((usage) => usage.exclude(['--user', '--group', '--serviceaccount']))
  if (user !== undefined) return { kind: 'User', name: user }
  if (group !== undefined) return { kind: 'Group', name: group }
  const [first = '', second] = (serviceaccount ?? 'podpath').split('/')
  return {
    kind: 'ServiceAccount',
    namespace: second === undefined ? namespace : kubernetesName('--serviceaccount', first),
    name: kubernetesName('--serviceaccount', second ?? first),
  }
}
