/** Why octets could not be read. Bad bytes are a result, never an exception. */
export type Problem =
  | {
      readonly problem: 'short'
      /** Which header: `ipv4`, `tcp.options`, … */
      readonly layer: string
      /** Octets that the header needs. */
      readonly need: number
      readonly have: number
    }
  | { readonly problem: 'bad-field'; readonly field: string; readonly value: number }

/** What was read and how many octets it took, or why not. */
export type Decoded<T> = { readonly value: T; readonly used: number } | Problem

export const isProblem = <T extends object>(decoded: T | Problem): decoded is Problem => 'problem' in decoded

export const short = (layer: string, need: number, have: number): Problem => ({
  problem: 'short',
  layer,
  need,
  have,
})

export const badField = (field: string, value: number): Problem => ({ problem: 'bad-field', field, value })

/** The view from `start` on, at most `length` octets and never beyond its end. */
export function viewFrom(view: DataView, start: number, length = Number.POSITIVE_INFINITY): DataView {
  const from = Math.min(Math.max(0, start), view.byteLength)
  return new DataView(view.buffer, view.byteOffset + from, Math.min(length, view.byteLength - from))
}

export const octetsOf = (view: DataView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
