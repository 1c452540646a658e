import { createServer } from 'node:http'
import { hostname, networkInterfaces } from 'node:os'

/**
 * The lab's stand-in for images that serve HTTP: answers every request with who answered and who asked, as plain text.
 * Listens on PORT (80 when it is not set) of all addresses until SIGTERM.
 */
const port = Number(process.env['PORT'] ?? 80)

const server = createServer((request, response) => {
  const addresses = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address)
  const remote = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  request.resume()
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(
    [
      `Hostname: ${hostname()}`,
      ...addresses.map((address) => `IP: ${address}`),
      `RemoteAddr: ${remote}:${String(request.socket.remotePort)}`,
      `${request.method ?? ''} ${request.url ?? ''} HTTP/${request.httpVersion}`,
      ...Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`),
      '',
    ].join('\n'),
  )
})

server.on('error', (error) => {
  process.stderr.write(`echo-server: ${error.message}\n`)
  process.exitCode = 1
})
server.listen(port, () => {
  process.stdout.write(`listening on port ${String(port)}\n`)
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    server.closeAllConnections()
    server.close()
  })
}
