/** Link-layer types of captures, from the registry at tcpdump.org/linktypes.html. */
export const linkType = {
  ethernet: 1,
  /** Raw IP; the first four bits tell the version. Linux files carry 101, some old ones 12 or 14. */
  raw: 101,
  rawBsd: 12,
  rawOpenBsd: 14,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const
