/**
 * The lab's internet over HTTP: `node internet.js NAME=ADDRESS… [PORT]`, for example
 * `www.google.com=142.250.76.132 ipinfo.io=34.117.59.81`. It listens on each of these addresses.
 */
import { createServer } from 'node:http'
import { boundConnections } from '../../edge/bound-connections.ts'
import { parseIp4 } from '../../model/address/address.ts'
import { internetPage } from './internet-pages.ts'

const words = process.argv.slice(2)
const sites: Record<string, string> = {}
let port = 80
for (const word of words) {
  const [name = '', address] = word.split('=')
  if (address === undefined && /^\d{1,5}$/.test(name)) port = Number(name)
  else if (name !== '' && address !== undefined && parseIp4(address) !== undefined) sites[address] = name
  else {
    console.error('usage: internet NAME=ADDRESS… [PORT]')
    process.exit(2)
  }
}

/** Connections to one site at one time. */
const mostConnections = 256

const server = (address: string): void => {
  const site = createServer((request, response) => {
    const page = internetPage(
      {
        host: request.headers.host,
        localAddress: request.socket.localAddress ?? '',
        remoteAddress: request.socket.remoteAddress ?? '',
        method: request.method ?? '',
        path: request.url ?? '',
      },
      sites,
    )
    response
      .writeHead(page.status, { 'Content-Type': page.type, 'Content-Length': Buffer.byteLength(page.body) })
      .end(request.method === 'HEAD' ? '' : page.body)
  })
  boundConnections(site, mostConnections)
  site
    .on('error', (error) => {
      console.error(`${address}:${port}: ${error.message}`)
      process.exit(1)
    })
    .listen(port, address, () => {
      console.log(`${sites[address] ?? ''} ${address}:${port}`)
    })
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))
for (const address of Object.keys(sites)) server(address)
