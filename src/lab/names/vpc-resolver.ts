/**
 * The VPC's resolver as a program: `node vpc-resolver.js ADDRESS CONFIG.json`, where the file holds
 * {"region", "vpcCidrs": ["192.168.0.0/16"], "hosts": [{"name", "address"}]}.
 */
import { readFileSync } from 'node:fs'
import { ip4Of, parseIp4 } from '../../model/address.ts'
import { prefix } from '../../model/prefix.ts'
import { serveDns } from './dns-server.ts'
import { createResolver } from './resolver.ts'
import { vpcZone } from './vpc-zone.ts'

/** The file's shape; our own lab wrote it, so anything else is our mistake and ends the program. */
export interface VpcResolverConfig {
  readonly region: string
  readonly vpcCidrs: readonly string[]
  readonly hosts: readonly { readonly name: string; readonly address: string }[]
}

const [address, path, port = '53'] = process.argv.slice(2)
if (
  address === undefined ||
  path === undefined ||
  parseIp4(address) === undefined ||
  !/^\d{1,5}$/.test(port)
) {
  console.error('usage: vpc-resolver ADDRESS CONFIG.json [PORT]')
  process.exit(2)
}

const config = JSON.parse(readFileSync(path, 'utf8')) as VpcResolverConfig
const zone = vpcZone({
  region: config.region,
  vpcCidrs: config.vpcCidrs.map(prefix),
  hosts: config.hosts.map((host) => ({ name: host.name, address: ip4Of(host.address) })),
})
const resolver = createResolver({ zone })
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))
const server = await serveDns({
  address,
  port: Number(port),
  handle: (query, overTcp) => resolver.handle(query, overTcp),
  onError: (error) => {
    console.error(String(error))
  },
}).catch((error: unknown) => {
  console.error(`[FATAL] ${String(error)}`)
  process.exit(1)
})
console.log(`${address}:${server.port}`)
