import type { Resource } from './resources.ts'

/** metav1.StatusReason, those that this server gives. */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Expired'
  | 'Invalid'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'TooManyRequests'
  | 'InternalError'
  | 'Timeout'
  | 'NonZeroExitCode'

export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

/** metav1.Status: how a Kubernetes API server says how it went. */
export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly continue?: string }
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: StatusReason
  readonly details?: StatusDetails
  readonly code?: number
}

const codes: Readonly<Record<StatusReason, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  Timeout: 504,
  NonZeroExitCode: 500,
}

/** A request that the server refuses, in the words of the real one (apimachinery/pkg/api/errors). */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly status: Status
  constructor(
    reason: StatusReason,
    message: string,
    details?: StatusDetails,
    metadata: Status['metadata'] = {},
  ) {
    super(message)
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code: codes[reason],
    }
  }
}

const qualified = (of: Resource): string => (of.group === '' ? of.plural : `${of.plural}.${of.group}`)

const detailsOf = (of: Resource, name: string): StatusDetails => ({
  name,
  ...(of.group === '' ? {} : { group: of.group }),
  kind: of.plural,
})

export const notFound = (of: Resource, name: string): StatusError =>
  new StatusError('NotFound', `${qualified(of)} "${name}" not found`, detailsOf(of, name))

export const alreadyExists = (of: Resource, name: string): StatusError =>
  new StatusError('AlreadyExists', `${qualified(of)} "${name}" already exists`, detailsOf(of, name))

export const conflict = (of: Resource, name: string, why: string): StatusError =>
  new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`,
    detailsOf(of, name),
  )

export const modified = (of: Resource, name: string): StatusError =>
  conflict(
    of,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  )

export const badRequest = (message: string): StatusError => new StatusError('BadRequest', message)

/** One field that is wrong: `spec.ports`, `FieldValueRequired`, `Required value`. */
export interface FieldError {
  readonly field: string
  readonly reason:
    'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueNotSupported' | 'FieldValueForbidden'
  readonly message: string
}

export const invalid = (of: Resource, name: string, errors: readonly FieldError[]): StatusError => {
  const sentences = errors.map(({ field, message }) => `${field}: ${message}`)
  const text = sentences.length === 1 ? sentences.join('') : `[${sentences.join(', ')}]`
  const kind = of.group === '' ? of.kind : `${of.kind}.${of.group}`
  return new StatusError('Invalid', `${kind} "${name}" is invalid: ${text}`, {
    name,
    ...(of.group === '' ? {} : { group: of.group }),
    kind: of.kind,
    causes: errors,
  })
}

/** The answer to a deletion that is done at once. */
export const success = (details: StatusDetails): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details,
})
