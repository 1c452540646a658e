/** An error as AWS words it: the code that scripts test for, the message that people read, the HTTP status. */
export interface AwsFault {
  readonly fault: string
  readonly message: string
  /** HTTP status; most of EC2's client errors are 400. */
  readonly status: number
}

export const fault = (code: string, message: string, status = 400): AwsFault => ({
  fault: code,
  message,
  status,
})

export const isFault = (value: unknown): value is AwsFault =>
  typeof value === 'object' && value !== null && 'fault' in value

/** Carries a fault from deep inside a request to the place that answers it. */
export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly fault: AwsFault
  constructor(told: AwsFault) {
    super(`${told.fault}: ${told.message}`)
    this.fault = told
  }
}

export function refuse(code: string, message: string, status = 400): never {
  throw new AwsError(fault(code, message, status))
}
