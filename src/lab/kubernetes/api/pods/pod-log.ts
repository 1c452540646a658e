import type { ServerResponse } from 'node:http'
import type { Clock } from '../../clock.ts'
import { microTimestamp } from '../../clock.ts'
import type { LogLine } from '../../kubelet/containers/container-log.ts'
import type { Runtime } from '../../kubelet/runtime.ts'
import type { Pod } from '../../objects/pod.ts'
import { badRequest } from '../../status.ts'
import { flag, wholeNumber } from '../request.ts'

/** A client that does not read its log is cut off before this many octets wait for it. */
const backlogLimit = 16 * 1024 * 1024

/** The container that a request means: the one named, or the only one. */
export function chooseContainer(pod: Pod, name: string | null): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec
  const all = [...containers, ...initContainers, ...ephemeralContainers].map((one) => one.name)
  if (name !== null && name !== '') {
    if (!all.includes(name)) throw badRequest(`container ${name} is not valid for pod ${pod.metadata.name}`)
    return name
  }
  const [first, ...others] = containers.map((one) => one.name)
  if (first === undefined || others.length > 0) {
    throw badRequest(
      `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${[first, ...others].join(' ')}]`,
    )
  }
  return first
}

/** `GET …/log`: what a container printed, and with `follow` what it prints from now on. */
export function serveLog(
  runtime: Runtime,
  clock: Clock,
  pod: Pod,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const container = chooseContainer(pod, query.get('container'))
  const log = runtime.log(pod, container, flag(query, 'previous'))
  const stamped = flag(query, 'timestamps')
  const tail = wholeNumber(query, 'tailLines')
  const seconds = wholeNumber(query, 'sinceSeconds')
  const since =
    seconds === undefined ? Date.parse(query.get('sinceTime') ?? '') : clock.now() - seconds * 1000
  let left = wholeNumber(query, 'limitBytes') ?? Number.POSITIVE_INFINITY

  const print = (line: LogLine): string => (stamped ? `${microTimestamp(line.time)} ${line.text}` : line.text)
  response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' })
  const recent = Number.isNaN(since) ? log.lines : log.lines.filter(({ time }) => time >= since)
  const chosen = tail === undefined ? recent : tail === 0 ? [] : recent.slice(-tail)
  const write = (text: string): void => {
    const bytes = Buffer.from(text)
    const piece = bytes.length > left ? bytes.subarray(0, left) : bytes
    left -= piece.length
    response.write(piece)
  }
  if (chosen.length > 0) write(chosen.map(print).join(''))
  if (!flag(query, 'follow')) {
    response.end()
    return
  }
  response.flushHeaders()
  const stop = log.follow(
    (line) => {
      if (response.writableLength > backlogLimit) response.destroy()
      else if (left > 0) write(print(line))
      if (left <= 0) response.end()
    },
    () => {
      response.end()
    },
  )
  response.on('close', stop)
}
