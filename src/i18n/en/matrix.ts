import type { MatrixSentences } from '../sentences/matrix-sentences.ts'

export const matrix: MatrixSentences = {
  title: 'Who reaches whom',
  size: (senders, receivers) =>
    `${senders} sender${senders === 1 ? '' : 's'} × ${receivers} receiver${receivers === 1 ? '' : 's'}`,
  predictedOnly: 'predicted, nothing was sent',
  probed: (answered, sent) => `${answered} of ${sent} probes answered`,
  sender: 'From',
  receiver: 'To',
  legend: {
    delivered: 'reached, and the reply comes back',
    refused: 'refused: nobody listens on the port, or a rule rejects',
    dropped: 'not reached',
    unknown: 'not decided',
    sometimes: 'by chance',
    disagrees: 'sent, and it went otherwise than predicted',
  },
  reasons: 'Why not',
  pairs: (n) => `${n} pair${n === 1 ? '' : 's'}`,
  requestLost: (place) => `lost at ${place}`,
  requestRefused: (place) => `refused at ${place}`,
  replyLost: (place) => `the reply is lost at ${place}`,
  requestUnknown: (place) => `not decided at ${place}`,
  replyUnknown: (place) => `the reply is not decided at ${place}`,
  disagreements: 'Otherwise than predicted',
  predictedButLost: 'predicted to arrive, and no answer came',
  predictedLostButAnswered: 'predicted to be lost, and an answer came',
  refused: (n) => `${n} refused`,
  undecided: (n, all) => (n === all ? `none of ${all} pairs is decided` : `${n} not decided`),
  byClasses: (classes, predicted, sampled) =>
    `${classes} class${classes === 1 ? '' : 'es'} that fare alike with everybody; ${predicted} pairs predicted, ${sampled} of them to check the others`,
  disagreed: (n) =>
    `${n} check${n === 1 ? '' : 's'} spoke against ${n === 1 ? 'its' : 'their'} classes: those pairs were predicted one by one`,
  byNamespace: 'By namespace: how many pairs reach each other, senders down, receivers across',
  byWorkload: 'Not reached, by workload',
  byNode: 'Not reached, by node',
  notReached: (n, all) => `${n} of ${all}`,
  ofNode: (sent, received) => `${sent} from it, ${received} to it`,
  moreLines: (n) => `… ${n} more`,
  morePlaces: (n) => `, and at ${n} other place${n === 1 ? '' : 's'}`,
  reached: (n, all) => `${n} of ${all} pairs reach each other`,
}
