import type { Bundle } from '../../bundle/bundle.ts'
import { stackKind } from '../../model/stack/stack-id.ts'
import { endpointOf } from '../../endpoints/recorded-endpoints.ts'
import { recordedFacts } from '../../bundle/recorded-facts.ts'
import { readSnapshot } from '../snapshot-desk.ts'
import { suggestionsOfFacts, type Suggestion, type Suggestions } from './suggestions.ts'

/** Somewhere on the internet: a snapshot holds no answers of the DNS. */
const anywhere: Suggestion = { kind: 'host', value: '8.8.8.8', detail: '' }

/**
 * The ends of a recorded snapshot, as its explanation takes them: those of the cluster that it is of, whose stacks were
 * recorded, and stacks of other kinds by their ids.
 */
export function suggestionsOfBundle(bundle: Bundle): Suggestions {
  const { fabric } = readSnapshot(bundle).predictor
  const facts = recordedFacts(bundle)
  const recorded = new Set(fabric.stacks.map(({ id }) => id))
  const ends = facts === null ? null : suggestionsOfFacts(facts, [anywhere])
  const sends = ({ kind, value }: Suggestion): boolean =>
    kind === 'node' ? recorded.has(value) : kind !== 'pod' || recorded.has(`pod/${value}`)
  const known = new Set(
    (ends?.from ?? []).map(({ kind, value }) => (kind === 'pod' ? `pod/${value}` : value)),
  )
  const others = fabric.stacks
    .filter(({ id }) => !known.has(id))
    .map((stack): Suggestion => ({
      kind: stackKind(stack.id) === 'pod' ? 'pod' : 'node',
      value: stack.id,
      detail: endpointOf(fabric, stack).address,
    }))
  return {
    from: [...(ends?.from ?? []).filter(sends), ...others],
    to: [...(ends?.to ?? []), ...others.filter(({ detail }) => detail !== '')],
  }
}
