import { ClusterError } from '../cluster/api/cluster-error.ts'
import { tooMany, uniqueEndpoints, type MatrixEnd } from './matrix.ts'

/** Whom words mean, in a cluster or in a recorded snapshot. */
export interface EndsSource<End extends MatrixEnd> {
  /** Who is meant where nobody is named. */
  everybody(): readonly End[]
  /** Rejects with a ClusterError. */
  named(words: readonly string[]): Promise<readonly End[]>
  /** What no column of a matrix can be; null: they all can. */
  refuse?(to: readonly End[]): ClusterError | null
  /** What is said where nobody sends. */
  readonly nobodySends: string
}

/**
 * A matrix's rows and columns: who is named sends and receives, who is named with `to` receives besides. Rejects with a
 * ClusterError: `bad-endpoint` for what is too large to be read, `no-such-endpoint` where nobody sends.
 */
export async function matrixEnds<End extends MatrixEnd>(
  words: { readonly ends: readonly string[]; readonly to: readonly string[] },
  source: EndsSource<End>,
): Promise<{ readonly from: readonly End[]; readonly to: readonly End[] }> {
  const ends = uniqueEndpoints(words.ends.length > 0 ? await source.named(words.ends) : source.everybody())
  const from = ends.filter((end) => end.stack !== null)
  const to = uniqueEndpoints([...ends, ...(await source.named(words.to))])
  const refused = source.refuse?.(to) ?? null
  if (refused !== null) throw refused
  if (from.length === 0) throw new ClusterError('no-such-endpoint', source.nobodySends)
  const problem = tooMany(from.length, to.length)
  if (problem !== null) throw new ClusterError('bad-endpoint', problem)
  return { from, to }
}
