import { nodeName, placeName } from '../../src/report/place.ts'

/** `node/ip-192-168-1-138.…/eth0` → `ip-192-168-1-138 eth0`; a pod by its own name. */
export function capturePlace(point: string): string {
  const slash = point.lastIndexOf('/')
  if (slash < 0) return point
  return `${nodeName(placeName(point.slice(0, slash)))} ${point.slice(slash + 1)}`
}
