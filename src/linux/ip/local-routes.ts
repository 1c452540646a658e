/** The table `local`, where nobody asked for it: `ip route` alone prints main. */
import { formatIp, isIp4 } from '../../model/address/address.ts'
import { formatPrefix, networkOf } from '../../model/address/prefix.ts'
import { isUp, type Link } from '../../model/stack/link.ts'
import type { Route } from '../../model/stack/route.ts'
import { derivedLine } from '../derived-line.ts'
import { readRoutesText } from './route.ts'

/**
 * What the kernel puts into the table `local` for the IPv4 addresses of interfaces that are up (net/ipv4/fib_frontend.c:
 * fib_add_ifaddr). Null: the table was read, or there would be nothing in it.
 */
export function derivedLocalRoutes(
  links: readonly Link[],
  routes: readonly Route[],
): readonly Route[] | null {
  if (routes.some(({ family, table }) => family === 4 && table === 'local')) return null
  const lines = links
    .filter((link) => isUp(link))
    .flatMap(({ name, addresses }) =>
      addresses.flatMap(({ address, length, broadcast }) => {
        if (!isIp4(address)) return []
        const end = `dev ${name} table local proto kernel`
        const own = formatIp(address)
        const network = formatPrefix({ address: networkOf({ address, length }), length })
        return [
          `local ${own} ${end} scope host src ${own}`,
          ...(name === 'lo' && length < 32 ? [`local ${network} ${end} scope host src ${own}`] : []),
          ...(broadcast === null ? [] : [`broadcast ${formatIp(broadcast)} ${end} scope link src ${own}`]),
        ]
      }),
    )
  if (lines.length === 0) return null
  return readRoutesText(lines.join('\n'), 4).value.map((route) => ({
    ...route,
    line: derivedLine(route.line),
  }))
}
