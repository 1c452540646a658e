import { readFacts } from '../../cluster/collect/read-facts.ts'
import type { Source } from '../source.ts'
import { suggestionsOfFacts, type Suggestion, type Suggestions } from './suggestions.ts'

/** The tutorial's host on the internet: any other may be typed. */
const internet: Suggestion = { kind: 'host', value: 'www.google.com', detail: '' }

/** What may be chosen where we look. Rejects with a ClusterError. */
export const suggestEndpoints = async (source: Source, signal: AbortSignal): Promise<Suggestions> =>
  source.kind === 'bundle'
    ? // It needs the engine's reading of the snapshot, which a page of a live cluster stands without.
      (await import('./recorded-suggestions.ts')).suggestionsOfBundle(source.bundle)
    : suggestionsOfFacts(
        await readFacts(source.cluster.api, { signal, only: ['nodes', 'pods', 'services'] }),
        [internet],
      )
