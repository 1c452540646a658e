/** Milliseconds after the first interrupt from which on another one ends podpath as it is. */
export const leaveAfter = 3_000

/** What an interrupt comes to. */
export type Interruption =
  /** The clean-up begins. */
  | { readonly kind: 'end' }
  /** It goes on; `tell`: whoever asked has not been told yet. */
  | { readonly kind: 'wait'; readonly seconds: number; readonly tell: boolean }
  /** podpath ends now, whatever is left. */
  | { readonly kind: 'leave' }

/**
 * SIGINT, SIGTERM and SIGHUP, as they come. An impatient burst of them must not cut off the clean-up that the first one began;
 * who still asks when it takes long is not kept. Returns what each comes to.
 */
export function interrupts(): (now: number) => Interruption {
  let first: number | null = null
  let told = false
  return (now) => {
    if (first === null) {
      first = now
      return { kind: 'end' }
    }
    const left = first + leaveAfter - now
    if (left <= 0) return { kind: 'leave' }
    const tell = !told
    told = true
    return { kind: 'wait', seconds: Math.ceil(left / 1000), tell }
  }
}
