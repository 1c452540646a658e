/**
 * Pods that are alike: whatever a prediction may read of one, it reads of the other. Two pods are alike where exchanging them,
 * with their addresses, devices and MAC addresses, leaves the fabric as it was. Then a flow from or to the one meets what a
 * flow from or to the other meets, and one of them need be predicted.
 *
 * What is compared is text: every line that can have a say, in which a pod's own address, device and MACs are replaced by
 * signs. A line that names one pod alone is that pod's own, and is part of its key, with its place among the lines that are
 * nobody's own. A prefix or range that holds some pods and not others divides them. Whatever does not fit into that scheme
 * makes its pods alone in their class: so it costs time, and never an answer.
 */
import { atOnce, type Steps } from '../../edge/breath.ts'
import type { ClassMember } from './identities.ts'
import { Keys, type ClassSource } from './keys.ts'

/** The flows that are to be the same: fresh ones, which begin a connection whatever conntrack knows. */
export interface ClassFlows {
  /** IANA protocol number. */
  readonly protocol: number
  /** Other addresses that are sent to. */
  readonly others: readonly number[]
}

/** Of each member a number of its class, counted up from 0. Who is alike in both is alike. */
export interface Classes {
  /** By everything but what network policies look at. */
  readonly ways: Int32Array
  /** By what network policies look at. */
  readonly labels: Int32Array
}

/**
 * @param members each with an address of its own; who is not a pod with one wire to a node, is alone
 */
export const classesOf = (source: ClassSource, members: readonly ClassMember[], flows: ClassFlows): Classes =>
  atOnce(classSteps(source, members, flows))

/** The same, a stack at a time. */
export function* classSteps(
  source: ClassSource,
  members: readonly ClassMember[],
  { protocol, others }: ClassFlows,
): Steps<Classes> {
  const { ways, labels } = yield* new Keys(source, members, protocol).all(others)
  return { ways: numbered(ways), labels: numbered(labels) }
}

function numbered(keys: readonly (string | null)[]): Int32Array {
  const numbers = new Map<string, number>()
  return Int32Array.from(keys, (key, index) => {
    const name = key ?? `alone ${index}`
    const known = numbers.get(name)
    if (known !== undefined) return known
    numbers.set(name, numbers.size)
    return numbers.size - 1
  })
}
