import type { RuleMatch, RuleTarget } from '../../model/stack/ruleset.ts'

/** One part of a rule's line. */
export type Piece =
  | { readonly kind: 'match'; readonly match: RuleMatch }
  | { readonly kind: 'target'; readonly target: RuleTarget }

interface Kept {
  readonly text: string
  readonly piece: Piece
}

/** Places for parts that were read; a power of two. What kube-proxy and the CNI repeat are some dozens. */
const places = 1024

/** The parts of rules that were read last. Of bounded size, whatever is read. */
export class RulePieces {
  readonly #kept = new Array<Kept | undefined>(places)
  #chain = ''

  /** `line.slice(start, end)`, the same string as the last time where it is equal: rules of a chain stand together. */
  chain(line: string, start: number, end: number): string {
    if (this.#chain.length !== end - start || !line.startsWith(this.#chain, start))
      this.#chain = line.slice(start, end)
    return this.#chain
  }

  /** What stands at `[start, end)` of the line; null as `read` says it. */
  get(line: string, start: number, end: number, read: (text: string) => Piece | null): Piece | null {
    let hash = end - start
    for (let i = Math.max(start, end - 12); i < end; i++) hash = (hash * 31 + line.charCodeAt(i)) | 0
    const place = (hash ^ (hash >>> 12)) & (places - 1)
    const kept = this.#kept[place]
    if (kept?.text.length === end - start && line.startsWith(kept.text, start)) return kept.piece
    const text = line.slice(start, end)
    const piece = read(text)
    if (piece) this.#kept[place] = { text, piece }
    return piece
  }
}
