import type { FigureSentences } from '../sentences/figure-sentences.ts'

export const figure: FigureSentences = {
  podNamespace: 'Pod network namespace',
  hostNamespace: 'Host network namespace',
  described: (from, to, verdict) =>
    `The path of a packet from ${from} to ${to}${verdict === null ? '' : `: ${verdict}`}`,
  known: {
    captured: 'captured',
    inferred: 'follows from the captures on either side',
    predicted: 'predicted, not seen',
  },
  predictedPath: 'Predicted, but not taken',
  predictedHere: 'predicted',
  tableLines: 'Lines in boxes: verbatim, from the tables that were read',
  hops: (count) => `${count} more places`,
  noPath: 'No path is known: nothing was predicted and nothing was seen',
  alsoHold: (count) => `${count} finer ${count === 1 ? 'statement' : 'statements'} hold as well`,
  wrongHere: 'here it goes wrong',
  figureScrolls: 'figure, scrolls sideways',
  decisions: 'Every decision that was predicted, with the line that makes it',
  captures: 'The packet, everywhere it was captured',
  captureColumns: ['Time', 'Where', 'Interface', 'Direction', 'Addresses', 'TTL', 'Octets', 'What it is'],
  probes: 'Packets sent',
  sent: 'Sent',
  received: 'Answered',
  roundTrip: 'Round trip',
  started: 'Started',
  nothingFound: 'Nothing to report.',
  madeBy: 'Made by podpath. This file loads nothing from anywhere.',
}
