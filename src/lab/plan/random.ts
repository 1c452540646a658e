/**
 * Deterministic choices: the same seed and label give the same answer on every machine, and adding a new label
 * changes no other choice. FNV-1a over the label seeds a splitmix32 sequence; neither is for secrets.
 */
export interface Random {
  /** A whole number in [0, below). */
  below(limit: number): number
  /** `length` characters of the alphabet. */
  text(length: number, alphabet: string): string
}

export function randomFor(seed: number, label: string): Random {
  let state = fnv1a(`${seed}/${label}`)
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit)
  return {
    below,
    text: (length, alphabet) => Array.from({ length }, () => alphabet[below(alphabet.length)] ?? '').join(''),
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}
