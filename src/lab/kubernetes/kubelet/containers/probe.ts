import type { Container, Probe } from '../../objects/pod.ts'

/** What a probe needs of the place where its container runs. */
export interface ProbeTarget {
  /** The exit status of a command. */
  run(argv: readonly [string, ...string[]]): Promise<number>
  connect(port: number): Promise<{ request(text: string): Promise<string>; close(): void }>
}

/** One try of a probe: undefined when all is well, otherwise the kubelet's words of what is wrong. */
export async function tryProbe(
  probe: Probe,
  container: Container,
  address: string,
  target: ProbeTarget,
): Promise<string | undefined> {
  const { exec, httpGet, tcpSocket } = probe
  try {
    if (exec !== undefined) {
      const [first, ...rest] = exec.command ?? []
      if (first === undefined) return undefined
      const exit = await target.run([first, ...rest])
      return exit === 0 ? undefined : `command exited with ${String(exit)}`
    }
    if (httpGet !== undefined) {
      const port = portNumber(httpGet.port, container)
      const url = `${(httpGet.scheme ?? 'HTTP').toLowerCase()}://${address}:${String(port)}${httpGet.path ?? '/'}`
      if (httpGet.scheme === 'HTTPS') return `Get "${url}": the lab's kubelet probes plain HTTP alone`
      const connection = await target.connect(port)
      try {
        const path = (httpGet.path ?? '/').replaceAll(/[\s\r\n]/g, '')
        const answer = await connection.request(
          `GET ${path} HTTP/1.1\r\nHost: ${address}:${String(port)}\r\nUser-Agent: kube-probe/1.32\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
        )
        const code = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0)
        return code >= 200 && code < 400 ? undefined : `HTTP probe failed with statuscode: ${String(code)}`
      } finally {
        connection.close()
      }
    }
    if (tcpSocket !== undefined) {
      const connection = await target.connect(portNumber(tcpSocket.port, container))
      connection.close()
    }
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** A probe's port by number or by the name that the container gives it. */
function portNumber(port: number | string, container: Container): number {
  if (typeof port === 'number') return port
  const named = container.ports?.find(({ name }) => name === port)?.containerPort
  return named ?? Number(port)
}
