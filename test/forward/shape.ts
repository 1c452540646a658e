import { type Wiring, addressOf, deviceOf, homeOf } from './scenario.ts'
import type { Random } from './random.ts'

/** What a random network is made of before anything is done to it, and addresses near to it. */

export const services = ['10.100.0.1', '10.100.0.2', '10.100.0.3'] as const

export interface Shape {
  readonly random: Random
  readonly stacks: number
  readonly wires: readonly Wiring[]
}

export const devices = (shape: Shape, stack: number): string[] =>
  shape.wires.flatMap((wire, index) => (wire.a === stack || wire.b === stack ? [deviceOf(index)] : []))

export function anyAddress({ random, stacks, wires }: Shape): string {
  if (random.chance(0.5)) return homeOf(random.int(stacks))
  return addressOf(random.int(wires.length), random.of(['a', 'b'] as const))
}

export function prefixNear(shape: Shape): string {
  const { random } = shape
  const address = random.chance(0.2) ? random.of(services) : anyAddress(shape)
  const length = random.of([32, 32, 24, 16, 8])
  if (length === 32) return address
  const octets = address.split('.')
  return `${octets.map((octet, index) => (index * 8 < length ? octet : '0')).join('.')}/${length}`
}
