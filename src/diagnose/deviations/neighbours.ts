/** A node's neighbours in the VPC, which answers ARP for everybody: nobody of the cluster's writes any there. */
import type { Deviation } from '../../model/diagnosis/deviation.ts'
import type { NodeFacts } from './node-facts.ts'

export const neighbourDeviations = ({ stack, enis }: NodeFacts): readonly Deviation[] =>
  (stack.neighbours ?? [])
    .filter(
      ({ state, proxy, device }) =>
        state === 'PERMANENT' && !proxy && enis.some((eni) => eni.device === device),
    )
    .map((before) => ({
      stack: stack.id,
      what: 'router-neighbour',
      kind: 'foreign',
      line: before.line,
      expected: null,
      author: 'unknown',
      edits: [{ stack: stack.id, kind: 'neighbour', before, after: null }],
    }))
