import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LabWatch } from './watch.ts'

/** No path of Kubernetes' own: what the lab's daemon tells the lab's owner of the lab. */
export const healthPath = '/podpath.lab/health'

/** Answers a request for the lab's health, from whoever has the administrator's token; false: the request is another. */
export function healthDoor(
  watch: LabWatch,
  token: string,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  const wanted = digest(`Bearer ${token}`)
  return (request, response) => {
    if (request.url !== healthPath) return false
    request.resume()
    const known = timingSafeEqual(digest(request.headers.authorization ?? ''), wanted)
    const status = request.method !== 'GET' ? 405 : known ? 200 : 401
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(status === 200 ? JSON.stringify(watch.health()) : '')
    return true
  }
}
