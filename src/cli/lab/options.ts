import { Option, type Command } from 'commander'
import { instanceTypes, isInstanceType } from '../../lab/plan/instance-type.ts'
import { subnetKinds, type SubnetKind } from '../../lab/plan/subnets.ts'
import { defaultLab, type LabOptions } from '../../lab/plan/topology.ts'
import { UsageError } from '../process/failure.ts'
import { wholeNumber } from '../options/number.ts'

/** The flags that say what a lab looks like, as commander hands them over. */
export interface LabFlags {
  readonly seed: string
  readonly ami: 'al2' | 'al2023'
  readonly nodes: string
  readonly instanceType: string
  readonly subnets: SubnetKind
  readonly prefixDelegation: boolean
}

export const addLabFlags = (command: Command): Command =>
  command
    .option(
      '--seed <n>',
      'addresses and names come from it: the same seed, the same lab',
      String(defaultLab.seed),
    )
    .addOption(
      new Option('--ami <image>', 'how the nodes look: al2 as in the tutorial, al2023 as today')
        .choices(['al2', 'al2023'])
        .default(defaultLab.ami),
    )
    .option('--nodes <n>', 'worker nodes', String(defaultLab.nodes))
    .option('--instance-type <type>', Object.keys(instanceTypes).join(', '), defaultLab.instanceType)
    .addOption(
      new Option('--subnets <kind>', 'private: nodes without public addresses, behind a NAT gateway')
        .choices(subnetKinds)
        .default(defaultLab.subnets),
    )
    .option('--prefix-delegation', 'prefixes of 16 addresses on each ENI, in place of single ones', false)

export function labOptionsOf(name: string, flags: LabFlags): LabOptions {
  if (!isInstanceType(flags.instanceType))
    throw new UsageError((usage) => usage.instanceType(flags.instanceType, Object.keys(instanceTypes)))
  return {
    name,
    seed: wholeNumber('--seed', flags.seed, 0, 2 ** 31),
    ami: flags.ami,
    nodes: wholeNumber('--nodes', flags.nodes, 1, 64),
    instanceType: flags.instanceType,
    subnets: flags.subnets,
    prefixDelegation: flags.prefixDelegation,
  }
}
