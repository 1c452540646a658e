import type { MatrixResult } from '../model/matrix.ts'
import type { Endpoint, RunResult, TraceResult } from '../model/result.ts'

/**
 * The result as JSON, the keys in the order of the documented contract. Control and text-reordering characters
 * stand as \u escapes: the document stays the same for a program and is harmless in a terminal.
 */
export function renderJson(result: RunResult): string {
  const { version, source, verdict, traces, findings, ...more } = result
  const ordered = { version, source, verdict, traces: traces.map(traceOf), findings, ...more }
  return `${escapeUnsafe(JSON.stringify(ordered, null, 2))}\n`
}

/** The matrix as JSON, under the same care. */
export const renderMatrixJson = (result: MatrixResult): string =>
  `${escapeUnsafe(JSON.stringify(result, null, 2))}\n`

function traceOf(trace: TraceResult): TraceResult {
  const { from, to, probe, predicted, observed, translations, agrees, ...more } = trace
  return {
    from: endpointOf(from),
    to: endpointOf(to),
    probe,
    predicted,
    observed,
    translations,
    agrees,
    ...more,
  }
}

function endpointOf(endpoint: Endpoint): Endpoint {
  const { kind, name, address, ...more } = endpoint
  return { kind, name, address, ...more }
}

/** JSON.stringify escapes C0; DEL, C1 and the bidirectional marks are left to us. They occur in strings only. */
const escapeUnsafe = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
