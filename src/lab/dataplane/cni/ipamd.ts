import { SandboxError } from '../../sandbox.ts'
import type { EniPlan, NodePlan } from '../../plan/host-plan.ts'

/** Which address a pod was given, and by which ENI. */
export interface Assignment {
  readonly address: string
  readonly deviceIndex: number
}

/**
 * The node's pool of pod addresses, as ipamd keeps it with WARM_ENI_TARGET=1: one ENI's worth of addresses stays
 * free, so the second ENI comes with the node's first pod and the third with the sixth (t3.medium), and one that
 * nothing needs is given back (ipamd.go: isDatastorePoolTooLow, tryFreeENI).
 */
export interface Pool {
  readonly attached: readonly EniPlan[]
  readonly taken: ReadonlyMap<string, Assignment>
  /** Addresses that a pod has left, and until when no other pod gets them (milliseconds since 1970-01-01). */
  readonly cooling: ReadonlyMap<string, number>
  /** By ENI: when it was attached. */
  readonly since: ReadonlyMap<string, number>
}

/** IP_COOLDOWN_PERIOD: packets to the pod that was there may still be on their way (datastore.go). */
const cooldown = 30_000
/** An ENI that is younger is not given back (datastore.go, minENILifeTime). */
const leastLife = 60_000
/** Milliseconds between two looks at the pool (ipamd.go, nodeIPPoolReconcileInterval's loop). */
export const poolCheckInterval = 5_000

export const emptyPool = (node: NodePlan): Pool => ({
  attached: node.enis.slice(0, 1),
  taken: new Map(),
  cooling: new Map(),
  since: new Map(),
})

/** Addresses that no pod has; those that cool down are among them, as in ipamd's own count. */
const availableOf = (pool: Pool): readonly Assignment[] => {
  const used = new Set([...pool.taken.values()].map((one) => one.address))
  return pool.attached.flatMap((eni) =>
    eni.podAddresses
      .filter((address) => !used.has(address))
      .map((address) => ({ address, deviceIndex: eni.deviceIndex })),
  )
}

/** How many addresses cool down now. */
export const coolingOf = (pool: Pool, now: number): number =>
  [...pool.cooling.values()].filter((until) => until > now).length

const missing = (node: NodePlan, pool: Pool): readonly EniPlan[] =>
  node.enis.filter((eni) => !pool.attached.includes(eni))

/** The ENIs that must be attached before this pod can have its address: those up to the one that carries it. */
export function attachFor(node: NodePlan, pool: Pool, wanted: string | undefined): readonly EniPlan[] {
  const next = missing(node, pool)
  const carrier = next.findIndex((one) => wanted !== undefined && one.podAddresses.includes(wanted))
  if (carrier >= 0) return next.slice(0, carrier + 1)
  return wanted === undefined && availableOf(pool).length === 0 ? next.slice(0, 1) : []
}

/** The ENIs that ipamd attaches next to keep one ENI's worth of addresses free, or one prefix (WARM_PREFIX_TARGET=1). */
export function attachAhead(node: NodePlan, pool: Pool): readonly EniPlan[] {
  const [first] = node.enis
  const warm = first === undefined ? 0 : first.podAddresses.length / Math.max(1, first.prefixes.length)
  return pool.taken.size > 0 && availableOf(pool).length < warm ? missing(node, pool).slice(0, 1) : []
}

export const attached = (pool: Pool, eni: EniPlan, now: number): Pool => ({
  ...pool,
  attached: [...pool.attached, eni],
  since: new Map([...pool.since, [eni.id, now]]),
})

export const detached = (pool: Pool, eni: EniPlan): Pool => ({
  ...pool,
  attached: pool.attached.filter((one) => one !== eni),
})

/** Whether more addresses are free than ipamd keeps: an ENI may go, now or when it and its addresses have aged. */
export function hasSurplus(pool: Pool): boolean {
  const perEni = pool.attached[0]?.podAddresses.length ?? 0
  return pool.attached.length > 1 && availableOf(pool).length >= 2 * perEni
}

/** The youngest ENI that can go: not the primary, old enough, with no pod and no address that cools down. */
export function detachable(pool: Pool, now: number): EniPlan | undefined {
  if (!hasSurplus(pool)) return undefined
  const inUse = new Set([...pool.taken.values()].map((one) => one.deviceIndex))
  return pool.attached.findLast(
    (eni) =>
      eni.deviceIndex !== 0 &&
      !inUse.has(eni.deviceIndex) &&
      now - (pool.since.get(eni.id) ?? 0) >= leastLife &&
      eni.podAddresses.every((address) => (pool.cooling.get(address) ?? 0) <= now),
  )
}

/**
 * Gives a pod an address. `choose` picks among equals: ipamd takes a random ENI and a random address of it.
 * Throws a SandboxError where none is free: pods then wait, as on a node whose addresses are all in use or cooling.
 */
export function assign(
  pool: Pool,
  uid: string,
  wanted: string | undefined,
  now: number,
  choose: (among: number) => number,
): { readonly pool: Pool; readonly assignment: Assignment } {
  const cooling = new Map([...pool.cooling].filter(([, until]) => until > now))
  const free = availableOf(pool).filter((one) => !cooling.has(one.address))
  const assignment =
    wanted === undefined ? free[choose(free.length)] : free.find((one) => one.address === wanted)
  if (!assignment)
    throw new SandboxError('no-address', 'add cmd: failed to assign an IP address to container')
  return { pool: { ...pool, taken: new Map([...pool.taken, [uid, assignment]]), cooling }, assignment }
}

export function release(pool: Pool, uid: string, now: number): Pool {
  const taken = new Map(pool.taken)
  const left = taken.get(uid)
  if (left === undefined) return pool
  taken.delete(uid)
  return { ...pool, taken, cooling: new Map([...pool.cooling, [left.address, now + cooldown]]) }
}
