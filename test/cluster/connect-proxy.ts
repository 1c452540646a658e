import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

/** A proxy as companies have one: CONNECT alone (RFC 9110, 9.3.6), and whatever the name, it leads to this machine. */
export interface ConnectProxy {
  readonly url: string
  /** `HOST:PORT` of every tunnel that was asked for. */
  readonly asked: readonly string[]
  stop(): Promise<void>
}

export async function startConnectProxy(): Promise<ConnectProxy> {
  const asked: string[] = []
  const tunnels = new Set<Socket>()
  const server = createServer((_, response) => {
    response.writeHead(405).end('this proxy tunnels, and does nothing else\n')
  })
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    asked.push(request.url ?? '')
    const port = Number(/:(\d+)$/.exec(request.url ?? '')?.[1])
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    for (const one of [socket, onward]) {
      tunnels.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        tunnels.delete(one)
        socket.destroy()
        onward.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      for (const tunnel of tunnels) tunnel.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
