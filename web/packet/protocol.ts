import type { PacketDetail, PacketRow } from './packet-index.ts'

/** What the page asks the worker that holds a capture. `ask` numbers the question, and its answer. */
export type PacketQuestion =
  | { readonly ask: number; readonly kind: 'open'; readonly octets: ArrayBuffer }
  | {
      readonly ask: number
      readonly kind: 'find'
      readonly words: readonly string[]
      readonly notedOnly: boolean
    }
  /** Rows of what was found last, from one place on. */
  | { readonly ask: number; readonly kind: 'rows'; readonly from: number; readonly count: number }
  | { readonly ask: number; readonly kind: 'detail'; readonly number: number }

export type PacketAnswer =
  | {
      readonly ask: number
      readonly kind: 'opened'
      readonly count: number
      readonly noted: number
      readonly problem: string | null
    }
  | { readonly ask: number; readonly kind: 'found'; readonly count: number }
  | {
      readonly ask: number
      readonly kind: 'rows'
      readonly from: number
      readonly rows: readonly PacketRow[]
    }
  | { readonly ask: number; readonly kind: 'detail'; readonly detail: PacketDetail }
