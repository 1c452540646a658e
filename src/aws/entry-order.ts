import type { NetworkAclEntry } from '../model/vpc/vpc.ts'

/** EC2 evaluates by number; its IPv6 final deny is 32768 and stands after the IPv4 one. */
export const inOrder = (a: NetworkAclEntry, b: NetworkAclEntry): number =>
  a.direction === b.direction ? a.number - b.number : a.direction === 'ingress' ? -1 : 1
