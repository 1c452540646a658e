/** EtherTypes, from the IEEE registry; linux/if_ether.h has the same names. */
export const etherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ipv6: 0x86dd,
  serviceVlan: 0x88a8,
} as const
