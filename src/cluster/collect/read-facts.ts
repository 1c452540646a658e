import { lists, factsOf, type ClusterFacts, type ListName } from '../../kubernetes/facts.ts'
import type { Gap } from '../../model/result/result.ts'
import type { ApiOptions, KubernetesApi } from '../api/api.ts'
import { ClusterError } from '../api/cluster-error.ts'

/** Nothing can be done without these; the others may be missing. */
const indispensable: ReadonlySet<ListName> = new Set(['nodes', 'pods'])

/** Reads lists, all at once, and warns in one line of each that is refused. Rejects with a ClusterError when nodes or
 * pods cannot be listed. */
export async function readFacts(
  api: KubernetesApi,
  options: ApiOptions & {
    readonly warn?: (message: string) => void
    /** Whoever needs a few asks a large cluster for no more; absent: every list. */
    readonly only?: readonly ListName[]
  } = {},
): Promise<ClusterFacts> {
  const gaps: Gap[] = []
  const names = options.only ?? (Object.keys(lists) as ListName[])
  const read = await Promise.all(
    names.map(async (name): Promise<[ListName, readonly unknown[]] | undefined> => {
      try {
        return [name, (await api.list(lists[name].path, {}, options)).items]
      } catch (error) {
        const passing =
          error instanceof ClusterError &&
          ['forbidden', 'not-found', 'refused', 'server-error'].includes(error.code)
        if (!passing || indispensable.has(name)) throw error
        gaps.push({ at: `kubernetes/${name}.json`, what: name, because: error.message })
        return undefined
      }
    }),
  )
  for (const { what, because } of gaps) options.warn?.(`podpath: going on without ${what}: ${because}`)
  return factsOf(new Map(read.filter((entry) => entry !== undefined)), gaps)
}
