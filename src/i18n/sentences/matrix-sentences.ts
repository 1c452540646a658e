/** Words of the matrix: who reaches whom. */
export interface MatrixSentences {
  readonly title: string
  readonly size: (senders: number, receivers: number) => string
  readonly predictedOnly: string
  readonly probed: (answered: number, sent: number) => string
  readonly sender: string
  readonly receiver: string
  /** Legend of the marks. */
  readonly legend: {
    readonly delivered: string
    readonly refused: string
    readonly dropped: string
    readonly unknown: string
    readonly sometimes: string
    readonly disagrees: string
  }
  readonly reasons: string
  readonly pairs: (count: number) => string
  readonly requestLost: (place: string) => string
  readonly requestRefused: (place: string) => string
  readonly replyLost: (place: string) => string
  readonly requestUnknown: (place: string) => string
  readonly replyUnknown: (place: string) => string
  readonly disagreements: string
  /** One disagreement, the two ends before it. */
  readonly predictedButLost: string
  readonly predictedLostButAnswered: string
  readonly reached: (count: number, all: number) => string
  readonly refused: (count: number) => string
  /** `all` of them: nothing is decided. */
  readonly undecided: (count: number, all: number) => string
  /** Of a matrix by classes. */
  readonly byClasses: (classes: number, predicted: number, sampled: number) => string
  /** How many times a sample spoke against its classes. */
  readonly disagreed: (count: number) => string
  readonly byNamespace: string
  readonly byWorkload: string
  readonly byNode: string
  readonly notReached: (count: number, all: number) => string
  readonly ofNode: (sent: string, received: string) => string
  /** Lines that are left out. */
  readonly moreLines: (count: number) => string
  /** After one place: how many others. */
  readonly morePlaces: (count: number) => string
}
