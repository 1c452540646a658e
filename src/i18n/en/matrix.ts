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
  reached: (n, all) => `${n} of ${all} pairs reach each other`,
}
