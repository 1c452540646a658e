/** Protocol numbers above IP, from the IANA registry. */
export const ipProtocol = {
  hopByHop: 0,
  icmp: 1,
  tcp: 6,
  udp: 17,
  routing: 43,
  fragment: 44,
  esp: 50,
  authentication: 51,
  icmpv6: 58,
  none: 59,
  destinationOptions: 60,
  mobility: 135,
  hip: 139,
  shim6: 140,
} as const
