import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { hostname, networkInterfaces } from 'node:os'
import { answerOf, webSites, type WebSite } from './web-site.ts'

/**
 * The lab's stand-in for images that serve HTTP. With PAGE, `nginx` or `httpd`, it is a web server with that one's root and page, and
 * writes the log line that both write; without, it answers every request with who answered and who asked, as plain text.
 * Listens on PORT (80 when it is not set) of all addresses until SIGTERM.
 */
const port = Number(process.env['PORT'] ?? 80)
const site = webSites[process.env['PAGE'] ?? '']

const remoteOf = ({ socket }: IncomingMessage): string => (socket.remoteAddress ?? '').replace(/^::ffff:/, '')

const server = createServer((request, response) => {
  request.resume()
  if (site === undefined) echo(request, response)
  else void serve(site, request, response)
})

function echo(request: IncomingMessage, response: ServerResponse): void {
  const addresses = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address)
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(
    [
      `Hostname: ${hostname()}`,
      ...addresses.map((address) => `IP: ${address}`),
      `RemoteAddr: ${remoteOf(request)}:${String(request.socket.remotePort)}`,
      `${request.method ?? ''} ${request.url ?? ''} HTTP/${request.httpVersion}`,
      ...Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`),
      '',
    ].join('\n'),
  )
}

async function serve(site: WebSite, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', httpVersion, headers } = request
  const { status, type, body } = await answerOf(site, method, url)
  response.writeHead(status, { server: site.server, 'content-type': type, 'content-length': body.length })
  response.end(method === 'HEAD' ? undefined : body)
  // The combined format (httpd.apache.org, "Log Files"): who asked is what one looks for in it.
  process.stdout.write(
    `${remoteOf(request)} - - [${new Date().toISOString()}] ${JSON.stringify(`${method} ${url} HTTP/${httpVersion}`)} ${status} ${body.length} "-" ${JSON.stringify(headers['user-agent'] ?? '-')}\n`,
  )
}

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
