/** What is asked of a connection: a socket of node:net. */
interface Connection {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly destroyed: boolean
  once(event: 'close', listener: () => void): unknown
  destroy(): unknown
}
/** A request of node:http, and its answer. */
interface Request {
  readonly socket: Connection
  /** It has come to its end. */
  readonly complete: boolean
}
interface Response {
  once(event: 'close', listener: () => void): unknown
}
/** A server of node:net, node:http or node:https. */
export interface Bounded {
  on(event: 'connection', listener: (connection: Connection) => void): unknown
  on(event: 'request', listener: (request: Request, response: Response) => void): unknown
  on(event: 'upgrade', listener: (request: Request) => void): unknown
}

/** One connection of a server. */
interface Held {
  readonly name: unknown
  readonly connection: Connection
  readonly address: string
  /** Requests that have come whole and are being answered. */
  readonly asked: Set<Request>
  /** Something is being done for it until it ends. */
  kept: boolean
}

/**
 * Holds no more than so many connections of a server at a time: whoever connects and says nothing, or half of something, takes a
 * descriptor each time and keeps others out. One too many ends another, of the address that has the most, the oldest of those for which
 * nothing is being done; where something is being done for all of them, the new one. So a flood ends its own connections first, and who
 * comes newly is served.
 * @returns says of a connection that something is being done for it until it ends: a web server's requests and upgrades are seen without
 */
export function boundConnections(server: Bounded, most: number): (connection: Connection) => void {
  const held = new Map<unknown, Held>()
  server.on('connection', (connection) => {
    // It has gone again.
    if (connection.destroyed) return
    const name = nameOf(connection)
    const one: Held = {
      name,
      connection,
      address: connection.remoteAddress ?? '',
      asked: new Set(),
      kept: false,
    }
    held.set(name, one)
    connection.once('close', () => {
      if (held.get(name) === one) held.delete(name)
    })
    if (held.size > most) {
      const spare = spareOf([...held.values()]) ?? one
      held.delete(spare.name)
      spare.connection.destroy()
    }
  })
  const of = ({ socket }: Request): Held | undefined => held.get(nameOf(socket))
  server.on('request', (request, response) => {
    const one = of(request)
    one?.asked.add(request)
    response.once('close', () => one?.asked.delete(request))
  })
  const keep = (one: Held | undefined): void => {
    if (one) one.kept = true
  }
  server.on('upgrade', (request) => keep(of(request)))
  return (connection) => keep(held.get(nameOf(connection)))
}

/** By this a TLS connection and the TCP connection below it are the same; a socket of a file system has no address, and is itself. */
const nameOf = (connection: Connection): unknown => {
  const { remoteAddress, remotePort } = connection
  return remoteAddress === undefined || remotePort === undefined
    ? connection
    : `${remoteAddress} ${remotePort}`
}

const isBusy = ({ asked, kept }: Held): boolean => kept || [...asked].some(({ complete }) => complete)

/** The oldest idle one of the address that has the most of them. They are in the order in which they came. */
function spareOf(all: readonly Held[]): Held | undefined {
  const counts = new Map<string, number>()
  const idle = all.filter((one) => !isBusy(one))
  for (const { address } of idle) counts.set(address, (counts.get(address) ?? 0) + 1)
  const [crowded] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one), ['', 0])
  return idle.find(({ address }) => address === crowded)
}
