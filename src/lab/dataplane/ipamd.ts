import { SandboxError } from '../sandbox.ts'
import type { EniPlan, NodePlan } from '../plan/topology.ts'

/** Which address a pod was given, and by which ENI. */
export interface Assignment {
  readonly address: string
  readonly deviceIndex: number
}

/**
 * The node's pool of pod addresses, as ipamd keeps it with WARM_ENI_TARGET=1: one ENI's worth of addresses stays
 * free, so the second ENI comes with the node's first pod and the third with the sixth (t3.medium), and the last is
 * given back when nothing needs it (ipamd.go: isDatastorePoolTooLow, tryFreeENI).
 */
export interface Pool {
  readonly attached: readonly EniPlan[]
  readonly taken: ReadonlyMap<string, Assignment>
}

export const emptyPool = (node: NodePlan): Pool => ({ attached: node.enis.slice(0, 1), taken: new Map() })

const freeOf = (pool: Pool): readonly Assignment[] => {
  const used = new Set([...pool.taken.values()].map((one) => one.address))
  return pool.attached.flatMap((eni) =>
    eni.podAddresses
      .filter((address) => !used.has(address))
      .map((address) => ({ address, deviceIndex: eni.deviceIndex })),
  )
}

/** The ENIs that must be attached before this pod can have its address: those up to the one that carries it. */
export function attachFor(node: NodePlan, pool: Pool, wanted: string | undefined): readonly EniPlan[] {
  const eni = wanted === undefined ? undefined : node.enis.find((one) => one.podAddresses.includes(wanted))
  const upTo = eni ? eni.deviceIndex : freeOf(pool).length === 0 ? pool.attached.length : -1
  return node.enis.slice(pool.attached.length, upTo + 1)
}

/** The ENIs that ipamd attaches next to keep one ENI's worth of addresses free. */
export function attachAhead(node: NodePlan, pool: Pool): readonly EniPlan[] {
  const perEni = node.enis[0]?.podAddresses.length ?? 0
  return pool.taken.size > 0 && freeOf(pool).length < perEni
    ? node.enis.slice(pool.attached.length, pool.attached.length + 1)
    : []
}

/** The youngest ENI, when it is not needed: no pod on it, and more than one ENI's worth would stay free without it. */
export function detachable(pool: Pool): EniPlan | undefined {
  const last = pool.attached.at(-1)
  if (!last || last.deviceIndex === 0) return undefined
  const perEni = last.podAddresses.length
  const idle = ![...pool.taken.values()].some((one) => one.deviceIndex === last.deviceIndex)
  return idle && freeOf(pool).length >= 2 * perEni ? last : undefined
}

/** Gives a pod an address. `choose` picks among equals: ipamd takes a random ENI and a random address of it. */
export function assign(
  pool: Pool,
  uid: string,
  wanted: string | undefined,
  choose: (among: number) => number,
): { readonly pool: Pool; readonly assignment: Assignment } {
  const free = freeOf(pool)
  const assignment =
    wanted === undefined ? free[choose(free.length)] : free.find((one) => one.address === wanted)
  if (!assignment)
    throw new SandboxError('no-address', 'add cmd: failed to assign an IP address to container')
  return { pool: { ...pool, taken: new Map([...pool.taken, [uid, assignment]]) }, assignment }
}

export function release(pool: Pool, uid: string): Pool {
  const taken = new Map(pool.taken)
  taken.delete(uid)
  return { ...pool, taken }
}
