import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { boundConnections } from './bound-connections.ts'

const most = 20
let server: Server
const sockets: Socket[] = []

const open = async (from = '127.0.0.1', says = ''): Promise<Socket> => {
  const socket = connect({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    localAddress: from,
  })
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.resume()
  await once(socket, 'connect')
  if (says !== '') socket.write(says)
  return socket
}
const openMany = async (count: number, from?: string, says?: string): Promise<readonly Socket[]> => {
  const all: Socket[] = []
  for (let i = 0; i < count; i++) all.push(await open(from, says))
  return all
}
const living = (all: readonly Socket[]): number => all.filter((one) => !one.destroyed).length
const heard = async (socket: Socket, says: string): Promise<string> => {
  socket.write(says)
  const [said] = (await once(socket, 'data')) as [Buffer]
  return said.toString('utf8')
}
const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

async function listen(made: Server): Promise<void> {
  server = made
  boundConnections(server, most)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
})

describe('connections that say nothing', () => {
  beforeEach(() => listen(createServer((socket) => socket.on('error', () => undefined).resume())))

  test('the oldest make room, and no more than the bound are held', async () => {
    const all = await openMany(3 * most)
    await expect.poll(() => living(all)).toBe(most)
    expect(living(all.slice(-most))).toBe(most)
  })

  test('of the address that has the most, and of nobody else', async () => {
    const others = [await open('127.0.0.2'), await open('127.0.0.3')]
    const flood = await openMany(3 * most)
    await expect.poll(() => living(flood)).toBe(most - others.length)
    expect(living(others)).toBe(others.length)
    const late = await open('127.0.0.4')
    await expect.poll(() => living(flood)).toBe(most - others.length - 1)
    expect(living([late, ...others])).toBe(3)
  })
})

describe('connections of a web server', () => {
  let answer: () => void = () => undefined
  beforeEach(() =>
    listen(
      createHttpServer((request, response) => {
        if (request.url === '/slow') {
          response.write('begun\n')
          answer = () => response.end('done\n')
        } else request.resume().on('end', () => response.end('served'))
      }).on('upgrade', (_, socket: Socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')),
    ),
  )

  test.each([
    ['nothing', ''],
    ['half a request', 'GET / HTTP/1.1\r\nHost: '],
    ['half a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf'],
    ['a request that was answered', get],
  ])('that say %s: others are served, and what is being done goes on', async (_, says) => {
    const slow = await open()
    expect(await heard(slow, get.replace('/ ', '/slow '))).toContain('begun')
    const upgraded = await open()
    const upgrade = get.replace('\r\n\r\n', '\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    expect(await heard(upgraded, upgrade)).toContain('101')
    const flood = await openMany(3 * most, undefined, says)
    expect(await heard(await open(), get)).toContain('served')
    await expect.poll(() => living(flood)).toBeLessThan(most)
    expect(living([slow, upgraded])).toBe(2)
    const end = once(slow, 'data')
    answer()
    expect(String(await end)).toContain('done')
  })

  test('that are all being served: the new one has to go', async () => {
    const all: Socket[] = []
    for (let i = 0; i < most; i++) {
      const one = await open()
      expect(await heard(one, get.replace('/ ', '/slow '))).toContain('begun')
      all.push(one)
    }
    const late = await open('127.0.0.2', get)
    await expect.poll(() => late.destroyed).toBe(true)
    expect(living(all)).toBe(most)
  })
})
