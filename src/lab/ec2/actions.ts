import type { Action } from './call.ts'
import { describe, type Describe } from './describe.ts'
import { describeAddresses } from './describe/addresses.ts'
import { describeVpcEndpoints, describeVpcPeeringConnections } from './describe/connections.ts'
import {
  describeEgressOnlyInternetGateways,
  describeInternetGateways,
  describeNatGateways,
} from './describe/gateways.ts'
import { describeInstanceTypes } from './describe/instance-types.ts'
import { describeInstances } from './describe/instances.ts'
import { describeNetworkAcls } from './describe/network-acls.ts'
import { describeNetworkInterfaces } from './describe/network-interfaces.ts'
import {
  describeManagedPrefixLists,
  describePrefixLists,
  prefixListEntries,
} from './describe/prefix-lists.ts'
import { describeRouteTables } from './describe/route-tables.ts'
import { describeSecurityGroupRules, describeSecurityGroups } from './describe/security-groups.ts'
import { describeSubnets } from './describe/subnets.ts'
import { describeTags } from './describe/tags.ts'
import { vpcAttribute } from './describe/vpc-attribute.ts'
import { describeVpcs } from './describe/vpcs.ts'
import { describeAvailabilityZones, describeRegions } from './describe/zones.ts'
import { mutations } from './mutate.ts'

const listing = <T>(spec: Describe<T>): readonly [string, Action] => [
  spec.action,
  ({ parameters, view }) => describe(spec, parameters, view),
]

/** Every EC2 action that the lab knows, by the name in the `Action` parameter. */
export const actions: ReadonlyMap<string, Action> = new Map([
  listing(describeInstances),
  listing(describeNetworkInterfaces),
  listing(describeVpcs),
  listing(describeSubnets),
  listing(describeRouteTables),
  listing(describeSecurityGroups),
  listing(describeSecurityGroupRules),
  listing(describeNetworkAcls),
  listing(describeInternetGateways),
  listing(describeEgressOnlyInternetGateways),
  listing(describeNatGateways),
  listing(describeAddresses),
  listing(describeAvailabilityZones),
  listing(describeRegions),
  listing(describeInstanceTypes),
  listing(describeManagedPrefixLists),
  listing(describePrefixLists),
  ['GetManagedPrefixListEntries', ({ parameters, view }) => prefixListEntries(parameters, view)],
  listing(describeVpcPeeringConnections),
  listing(describeVpcEndpoints),
  listing(describeTags),
  ...mutations,
  ['DescribeVpcAttribute', ({ parameters, view }) => vpcAttribute(parameters, view)],
])
