import type { Offering } from './service-port.ts'
import type { Resolved } from './resolve.ts'
import type { WantedPod } from '../cluster/collect/snapshot-script.ts'
import type { Ip } from '../model/address/address.ts'
import type { Endpoint } from '../model/result/result.ts'
import type { StackId } from '../model/stack/stack-id.ts'

/** Where a process of an end runs, for who would send from there; pod null: in the node's own network. */
export interface Seat {
  readonly node: string
  readonly pod: WantedPod | null
}

/** Who sends a flow. */
export interface FlowSender {
  readonly endpoint: Endpoint
  readonly stack: StackId
  /** The address to send from, where the user gave one. */
  readonly source: Ip | null
  /** Null: a recording, from which nothing is sent. */
  readonly seat: Seat | null
}

/** Who is sent to; of a service what it offers, and the port where one was given or it has only one. */
export interface FlowReceiver extends Offering {
  readonly endpoint: Endpoint
  /** Null: a host name, whose address the sender's own resolver decides. */
  readonly address: Ip | null
}

/** One of the things that words mean: who may send, be sent to, or both. */
export interface End extends Offering {
  readonly endpoint: Endpoint
  /** Whose process sends; null: it only receives. */
  readonly stack: StackId | null
  readonly seat: Seat | null
}

/** Of who is no service. */
export const noService = { port: null, offers: [] } as const

/** What a service offers; nothing of anybody else. */
export const offered = (one: Resolved): Pick<Offering, 'port' | 'offers'> =>
  one.kind === 'service' ? { port: one.port, offers: one.offers } : noService
