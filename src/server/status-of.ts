/**
 * What was wrong with what the page asked, by the code of the error that says so (`ClusterErrorCode`). Of whatever else fails whoever asked
 * is not the cause.
 */
const statuses = {
  'bad-endpoint': 400,
  'bad-filter': 400,
  refused: 400,
  'no-such-endpoint': 404,
  'not-found': 404,
  conflict: 409,
} as const

/** The status of HTTP that goes with a failure of this code. */
export const statusOf = (code: string): 400 | 404 | 409 | 500 =>
  Object.hasOwn(statuses, code) ? statuses[code as keyof typeof statuses] : 500
