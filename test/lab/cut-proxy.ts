import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** A wire to a port on this machine that can be cut: every connection over it breaks, new ones are let through. */
export interface CutProxy {
  readonly port: number
  /** Connections that were cut. */
  cut(): number
  close(): Promise<void>
}

export async function startCutProxy(to: number): Promise<CutProxy> {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const cut = (): number => {
    const count = open.size / 2
    for (const one of open) one.destroy()
    return count
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      await closed
    },
  }
}
