import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readSightings } from '../../capture/files/sighting-reader.ts'
import { formatIp } from '../../model/address/address.ts'
import { refusal } from './filter.ts'
import { readCaptureLine } from './log.ts'

/** One capture by tcpdump 4.99.3 and libpcap 1.10.3, and one by 4.99.5 and 1.10.5: tools/golden-stack.sh has made both. */
describe.each(['debian-12', 'debian-13'])('tcpdump of %s', (generation) => {
  const golden = (name: string): Buffer =>
    readFileSync(new URL(`../../linux/fixtures/${generation}/${name}`, import.meta.url))

  test('what it captured is read', () => {
    const octets = new Uint8Array(golden('tcpdump.pcap'))
    const source = { capture: 0, stack: 'node/a' as const, interfaces: new Map([[1, 'lo']]) }
    const { sightings, problem } = readSightings(octets, source)
    expect(problem).toBeNull()
    expect(
      sightings.map(({ point, direction, packet }) => [
        point.interface,
        direction,
        formatIp(packet.destination),
        packet.protocol,
      ]),
    ).toEqual([
      ['lo', 'in', '127.0.0.1', 17],
      ['lo', 'in', '127.0.0.1', 17],
    ])
  })

  test('what it says of the capture is read', () => {
    const lines = golden('tcpdump-log.txt').toString('utf8').trimEnd().split('\n').map(readCaptureLine)
    expect(lines.filter(({ kind }) => kind !== 'other' && kind !== 'received')).toEqual([
      { kind: 'listening' },
      { kind: 'captured', packets: 2 },
      { kind: 'dropped', packets: 0 },
    ])
  })

  test('what it has against a filter is told', () => {
    expect(refusal(golden('tcpdump-bad-filter.txt').toString('utf8'))).toBe(
      "can't parse filter expression: syntax error",
    )
  })
})
