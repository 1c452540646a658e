import { localRunner } from '../../exec/local.ts'
import { RunError } from '../../exec/run-error.ts'
import { parseJson } from '../../edge/json.ts'
import { listAt, textAt } from '../../edge/fields.ts'

/** What a credential program supplies (client.authentication.k8s.io/v1, ExecCredentialStatus). */
export interface ExecCredential {
  readonly token: string | null
  readonly certificate: string | null
  readonly key: string | null
  /** Milliseconds since the epoch; 0: it must be asked for anew. */
  readonly until: number
}

/** Milliseconds that a credential program may take; a browser log-in is not waited for. */
const patience = 60_000
/** Octets: a token or a certificate with its key. */
const mostOutput = 1024 * 1024

/** The program could not be run, or said nothing that is a credential; `missing`: it is not there. */
export class ExecCredentialError extends Error {
  override readonly name = 'ExecCredentialError'
  readonly missing: boolean
  constructor(message: string, missing: boolean, options?: ErrorOptions) {
    super(message, options)
    this.missing = missing
  }
}

/**
 * Runs the program of a kubeconfig's `exec` entry, as client-go does (KEP-541). Rejects with an ExecCredentialError; the program is ended
 * when it takes too long or says too much.
 */
export async function execCredential(exec: unknown): Promise<ExecCredential> {
  const command = textAt(exec, 'command') ?? ''
  if (command === '') throw new ExecCredentialError('it names no command', false)
  const words = listAt(exec, 'args').map(String)
  const ran = await localRunner({ env: environmentOf(exec) })
    .run([command, ...words], { timeoutMs: patience, maxOutput: mostOutput })
    .catch((cause: unknown) => {
      if (!(cause instanceof RunError)) throw cause
      const { code, output } = cause.failure
      throw new ExecCredentialError(output, code === 'not-found', { cause })
    })
  if (ran.exit !== 0) throw new ExecCredentialError(ran.stderr.trim() || `it exited ${ran.exit}`, false)
  const read = parseJson(ran.stdout)
  if ('problem' in read) throw new ExecCredentialError(`its answer is ${read.problem}`, false)
  const status = (key: string): string | null => textAt(read.value, 'status', key) || null
  const until = Date.parse(status('expirationTimestamp') ?? '')
  return {
    token: status('token'),
    certificate: status('clientCertificateData'),
    key: status('clientKeyData'),
    until: Number.isNaN(until) ? 0 : until,
  }
}

/** Ours, what the entry adds, and what client-go tells every credential program. */
function environmentOf(exec: unknown): Record<string, string> {
  const apiVersion = textAt(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1'
  const added = listAt(exec, 'env').flatMap((one): [string, string][] => {
    const name = textAt(one, 'name')
    return name === undefined ? [] : [[name, textAt(one, 'value') ?? '']]
  })
  const own = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } }
  return Object.fromEntries([...own, ...added, ['KUBERNETES_EXEC_INFO', JSON.stringify(info)]])
}
