import { jsonText } from '../edge/clean.ts'
import type { ChangeResult } from '../model/result/change.ts'
import type { MatrixResult } from '../model/result/matrix.ts'
import type { Endpoint, RunResult, TraceResult } from '../model/result/result.ts'

/** The result as JSON, the keys in the order of the documented contract; harmless in a terminal. */
export function renderJson(result: RunResult): string {
  const { version, source, verdict, traces, findings, ...more } = result
  const ordered = { version, source, verdict, traces: traces.map(traceOf), findings, ...more }
  return `${jsonText(ordered, 2)}\n`
}

/** The matrix as JSON, under the same care. */
export const renderMatrixJson = (result: MatrixResult): string => `${jsonText(result, 2)}\n`

/** A change as JSON, under the same care. */
export const renderChangeJson = (result: ChangeResult): string => `${jsonText(result, 2)}\n`

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
