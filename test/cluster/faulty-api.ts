import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import { connect as tlsConnect } from 'node:tls'

/** What happens to a request on its way to the API server. */
export type Fault =
  | {
      readonly status: number
      readonly message?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** It is never answered. */
  | 'hang'
  /** The answer is changed on its way back; of a watch, every event. */
  | { readonly rewrite: (body: unknown) => unknown }

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** A server between podpath and an API server: it passes everything on, but for what the test spoils. */
export interface FaultyApi {
  readonly kubeconfig: string
  /** Every request so far. */
  readonly asked: readonly Asked[]
  /** What is to go wrong from now on; undefined passes a request on. */
  spoil(fault: (asked: Asked) => Fault | undefined): void
  stop(): Promise<void>
}

/** The kubeconfig's credential is the proxy's own; who asks it needs none. */
export async function startFaultyApi(kubeconfig: string): Promise<FaultyApi> {
  const config = JSON.parse(
    execFileSync('kubectl', ['--kubeconfig', kubeconfig, 'config', 'view', '--raw', '-o', 'json'], {
      encoding: 'utf8',
    }),
  ) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    users: { user: { token: string } }[]
  }
  const { cluster } = config.clusters[0]!
  const authorization = `Bearer ${config.users[0]!.user.token}`
  const server = new URL(cluster.server)
  const pem = (text: string): Buffer => Buffer.from(text, 'base64')
  const tls = {
    host: server.hostname,
    port: Number(server.port),
    ca: pem(cluster['certificate-authority-data']),
  }
  const asked: Asked[] = []
  let spoiled: (asked: Asked) => Fault | undefined = () => undefined
  const note = ({ method, url, headers }: IncomingMessage): Asked => {
    const one = { method: method ?? '', path: url ?? '', headers }
    asked.push(one)
    return one
  }
  const refusal = (fault: { status: number; message?: string }): string =>
    JSON.stringify({ kind: 'Status', status: 'Failure', code: fault.status, message: fault.message ?? '' })

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const fault = spoiled(note(request))
    if (fault === 'hang') return
    if (fault && 'status' in fault) {
      response.writeHead(fault.status, { 'Content-Type': 'application/json', ...fault.headers })
      response.end(refusal(fault))
      return
    }
    const { 'accept-encoding': _gzip, ...headers } = request.headers
    const onward: RequestOptions = {
      ...tls,
      method: request.method,
      path: request.url,
      headers: { authorization, ...headers },
    }
    const outgoing = httpsRequest(onward, (incoming) => {
      if (!fault) {
        response.writeHead(incoming.statusCode ?? 500, incoming.headers)
        incoming.pipe(response)
        return
      }
      incoming.on('error', () => response.destroy())
      const { rewrite } = fault
      if (/[?&]watch=(true|1)/.test(request.url ?? '')) {
        response.writeHead(incoming.statusCode ?? 500, { 'Content-Type': 'application/json' })
        response.flushHeaders()
        const lines = createInterface({ input: incoming })
        lines.on('line', (line) => response.write(`${JSON.stringify(rewrite(JSON.parse(line)))}\n`))
        // readline passes its input's errors on; `incoming` has heard of them already.
        lines.on('error', () => undefined)
        lines.on('close', () => response.end())
        return
      }
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      incoming.on('end', () => {
        response.writeHead(incoming.statusCode ?? 500, { 'Content-Type': 'application/json' })
        response.end(JSON.stringify(rewrite(JSON.parse(text))))
      })
    })
    outgoing.on('error', () => response.destroy())
    response.on('close', () => outgoing.destroy())
    request.pipe(outgoing)
  }

  const proxy = createServer(answer)
  // Upgraded connections are nobody's: the server neither ends them nor does it end before they have.
  const upgraded = new Set<Duplex>()
  proxy.on('upgrade', (request: IncomingMessage, socket, head) => {
    upgraded.add(socket)
    socket.on('close', () => upgraded.delete(socket))
    const fault = spoiled(note(request))
    socket.on('error', () => undefined)
    if (fault === 'hang') return
    if (fault && 'status' in fault) {
      const body = refusal(fault)
      socket.end(
        `HTTP/1.1 ${fault.status} No\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      )
      return
    }
    const onward = tlsConnect(tls, () => {
      const lines = request.rawHeaders.flatMap((name, i) =>
        i % 2 === 0 ? [`${name}: ${request.rawHeaders[i + 1] ?? ''}`] : [],
      )
      onward.write(
        `${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\nAuthorization: ${authorization}\r\n\r\n`,
      )
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const directory = mkdtempSync(join(tmpdir(), 'podpath-faulty-'))
  const file = join(directory, 'config')
  writeFileSync(file, kubeconfigFor(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`))
  return {
    kubeconfig: file,
    asked,
    spoil: (fault) => (spoiled = fault),
    async stop() {
      proxy.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
      rmSync(directory, { recursive: true })
    },
  }
}

/** A kubeconfig of one context. */
export const kubeconfigFor = (server: string, cluster: object = {}, user: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'faulty',
    contexts: [{ name: 'faulty', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
  })
