import { formatIp, isIp4 } from '../../../model/address/address.ts'
import type { Vpc } from '../../../model/vpc/vpc.ts'

/** Where the metadata service answers, for every instance. */
export const metadataAddress = '169.254.169.254'

/** `PUT` as the first three octets of a TCP payload. */
const put = '0x505554'

/**
 * The hop limit of the metadata service, in the namespace where the service listens: what answers a PUT, and so carries
 * a token, leaves with the TTL that its instance asks for. Everything else keeps the kernel's own.
 */
export function metadataRuleset(vpc: Vpc): string {
  const limited = vpc.instances.flatMap((instance) => {
    const hopLimit = instance.metadataOptions?.hopLimit
    const addresses = vpc.interfaces
      .filter((eni) => eni.attachment?.instance === instance.id)
      .flatMap((eni) => eni.addresses.map((one) => one.address))
      .filter(isIp4)
      .map(formatIp)
    return hopLimit === undefined || addresses.length === 0 ? [] : [{ hopLimit, addresses }]
  })
  return [
    'table ip metadata',
    'flush table ip metadata',
    'delete table ip metadata',
    'table ip metadata {',
    '  chain input {',
    '    type filter hook input priority filter; policy accept;',
    `    ip daddr ${metadataAddress} tcp dport 80 @ih,0,24 ${put} ct mark set 1`,
    '  }',
    '  chain output {',
    '    type filter hook output priority mangle; policy accept;',
    ...limited.map(
      ({ hopLimit, addresses }) =>
        `    ip saddr ${metadataAddress} ct mark 1 ip daddr { ${addresses.join(', ')} } ip ttl set ${hopLimit}`,
    ),
    '  }',
    '}',
    '',
  ].join('\n')
}
