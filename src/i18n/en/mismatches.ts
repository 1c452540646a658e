import type { MismatchSentences } from '../sentences/mismatch-sentences.ts'

const interfaceText = (name: string): string => (name === '' ? 'no interface' : name)

export const mismatches: MismatchSentences = {
  source: ({ want, got, not }) => `its source ${got} is ${not ? 'in' : 'not in'} ${want}`,
  destination: ({ want, got, not }) => `its destination ${got} is ${not ? 'in' : 'not in'} ${want}`,
  'no-source': ({ want }) => `it is for packets from ${want}, and this one has no source address yet`,
  'in-interface': ({ want, got, not }) =>
    `it is for what comes in by ${not ? 'anything but ' : ''}${want}; this came in by ${interfaceText(got)}`,
  'out-interface': ({ want, got, not }) =>
    `it is for what leaves by ${not ? 'anything but ' : ''}${want}; this leaves by ${interfaceText(got)}`,
  mark: ({ want, got, not }) =>
    `it wants ${not ? 'any mark but' : 'the mark'} ${want}; the packet's is ${got}`,
  'connection-mark': ({ want, got, not }) =>
    `it wants ${not ? 'any connection mark but' : 'the connection mark'} ${want}; it is ${got}`,
  tos: ({ want, got }) => `it is for TOS ${want}; the packet's is ${got}`,
  protocol: ({ want, got, not }) => `it is for ${not ? 'anything but ' : ''}${want}; the packet is ${got}`,
  'source-port': ({ want, got, not }) =>
    `it is for source port ${not ? 'anything but ' : ''}${want}; the packet has ${got === '' ? 'no port' : got}`,
  'destination-port': ({ want, got, not }) =>
    `it is for port ${not ? 'anything but ' : ''}${want}; the packet goes to ${got === '' ? 'no port' : got}`,
  user: ({ want, got }) => `it is for the user ${want}; the sender is ${got}`,
  'connection-state': ({ want, got, not }) =>
    `it is for connections that are ${not ? 'not ' : ''}${want}; this one is ${got}`,
  'address-type': ({ want, got, not, address }) =>
    `it wants ${not ? 'any address but a' : 'a'} ${want} one; to this stack ${address} is ${got}`,
  set: ({ set, got, not }) => `${got} is ${not ? 'in' : 'not in'} the set ${set}`,
  excluded: () => 'it matches what the rule excludes',
  'shorter-prefix': ({ length, chosen }) =>
    `it covers the address too, but /${chosen} is longer than /${length}`,
  'larger-metric': ({ metric, chosen }) => `its metric ${metric} is larger than ${chosen}`,
  unusable: () => 'it covers the address, but its device or next hop cannot be used',
  throws: () => 'it sends the look-up on to the next rule',
  later: () => 'another line for the same comes before it',
  'decided-before': ({ chosen }) => `it would match, but ${chosen} comes before it`,
  'group-member': ({ group, got }) => `the network interface of ${got} is not in ${group}`,
  other: ({ text }) => `\`${text}\` does not match`,
}
