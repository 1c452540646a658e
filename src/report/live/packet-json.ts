import { jsonText } from '../../edge/clean.ts'
import type { LivePacket } from '../../model/packet/live-packet.ts'

/** A captured packet as one line of JSON; `time` is ISO 8601 in UTC, to the nanosecond. */
export function livePacketJson(packet: LivePacket): string {
  const { time, view, ...rest } = packet
  return jsonText({ kind: 'packet', time: isoNanoseconds(time), ...rest, ...(view ? { view } : {}) })
}

function isoNanoseconds(time: bigint): string {
  const second = new Date(Number(time / 1_000_000_000n) * 1000).toISOString().slice(0, 19)
  return `${second}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`
}
