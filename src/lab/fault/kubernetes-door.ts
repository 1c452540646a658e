import { request } from 'node:https'
import type { LabRecord } from '../daemon/record/record.ts'

/** The Kubernetes API of a lab, for its owner: podpath's own client of clusters is not let to change them. */
export interface KubernetesDoor {
  /** The object that the server answers with. Rejects with a KubernetesFailure. */
  ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>
}

/** The server's no, in its own words. */
export class KubernetesFailure extends Error {
  override readonly name = 'KubernetesFailure'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Milliseconds for one request. */
const patience = 15_000
/** Characters of one object: the API server keeps at most 1.5 MiB. */
const mostAnswer = 4 * 1024 * 1024

export const kubernetesDoor = (kubernetes: NonNullable<LabRecord['kubernetes']>): KubernetesDoor => ({
  ask: (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const asked = request(
        new URL(path, kubernetes.server),
        {
          method,
          ca: kubernetes.certificateAuthority,
          timeout: patience,
          headers: {
            authorization: `Bearer ${kubernetes.token}`,
            ...(text === undefined
              ? {}
              : {
                  'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
                  'content-length': Buffer.byteLength(text),
                }),
          },
        },
        (response) => {
          let answer = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => {
            answer += chunk
            if (answer.length > mostAnswer) response.destroy(new Error('the answer is too large'))
          })
          response.once('error', reject)
          response.once('end', () => {
            try {
              const object: unknown = JSON.parse(answer)
              const status = response.statusCode ?? 0
              if (status < 300) resolve(object)
              else reject(new KubernetesFailure(status, messageOf(object)))
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)))
            }
          })
        },
      )
      asked.once('timeout', () => asked.destroy(new Error(`${path} did not answer in ${patience / 1000} s`)))
      asked.once('error', reject)
      asked.end(text)
    }),
})

const messageOf = (object: unknown): string => {
  const { message } = (object ?? {}) as { readonly message?: unknown }
  return typeof message === 'string' ? message : 'no reason given'
}
