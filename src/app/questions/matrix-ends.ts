import { ClusterError } from '../../cluster/api/cluster-error.ts'
import type { End } from '../../endpoints/ends.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { parseIp } from '../../model/address/address.ts'
import { uniqueEndpoints } from '../matrix.ts'

/**
 * A matrix's rows and columns: who is named sends and receives, who is named with `to` receives besides. Rejects with a
 * ClusterError: `bad-endpoint` for what has no address, `no-such-endpoint` where nobody sends.
 */
export async function matrixEnds(
  words: { readonly ends: readonly string[]; readonly to: readonly string[] },
  inventory: Pick<Inventory, 'ends' | 'everybody'>,
): Promise<{ readonly from: readonly End[]; readonly to: readonly End[] }> {
  const named = async (typed: readonly string[]): Promise<readonly End[]> =>
    (await Promise.all(typed.map((one) => inventory.ends(one)))).flat()
  const ends = uniqueEndpoints(words.ends.length > 0 ? await named(words.ends) : await inventory.everybody())
  const from = ends.filter((end) => end.stack !== null)
  const to = uniqueEndpoints([...ends, ...(await named(words.to))])
  const nameless = to.find((end) => parseIp(end.endpoint.address) === undefined)
  if (nameless)
    throw new ClusterError(
      'bad-endpoint',
      `${nameless.endpoint.name}: a matrix takes what has an address; a host name is for podpath trace`,
    )
  if (from.length === 0)
    throw new ClusterError(
      'no-such-endpoint',
      'nobody sends: a running pod with an address of its own is needed, or a node; of a recording one whose network was recorded',
    )
  return { from, to }
}
