import { endpoints } from '../../src/server/contract/endpoints.ts'
import { run, runs } from '../../src/server/contract/run.ts'
import { session } from '../../src/server/contract/session.ts'
import type { Client } from './client.ts'
import { ask, request } from './http.ts'
import { lookClient } from './look-client.ts'
import { followTrace } from './http-trace.ts'

const until = (signal: AbortSignal | undefined): RequestInit => (signal ? { signal } : {})
const part = encodeURIComponent

/** The client of a running `podpath ui`. */
export const httpClient: Client = {
  session: (signal) => ask(session, '/api/session', until(signal)),
  endpoints: (signal) => ask(endpoints, '/api/endpoints', until(signal)),
  trace: followTrace,
  runs: (signal) => ask(runs, '/api/runs', until(signal)),
  run: (id, signal) => ask(run, `/api/runs/${part(id)}`, until(signal)),
  async capture(id, signal) {
    const response = await request(`/api/runs/${part(id)}/capture`, until(signal))
    return response.arrayBuffer()
  },
  captureAddress: (id) => `/api/runs/${part(id)}/capture`,
  reportAddress: (id, format, language) => `/api/runs/${part(id)}/report/${format}?language=${language}`,
  ...lookClient,
}
