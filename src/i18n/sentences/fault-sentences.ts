import type { FaultCode, FaultRoom } from '../model/lab/fault.ts'

/** What `podpath lab break` and `lab heal` say. */
export interface FaultSentences {
  /** Each fault: what is done to the lab, and where people meet it. */
  readonly faults: { readonly [Code in FaultCode]: { readonly done: string; readonly met: string } }
  readonly title: string
  readonly rooms: { readonly [Room in FaultRoom]: string }
  readonly broke: (node: string, pod: string) => string
  readonly brokeSecretly: string
  readonly show: string
  readonly heal: string
  readonly healed: (node: string) => string
  readonly nothingBroken: string
}
