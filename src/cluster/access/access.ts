import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { createSecureContext } from 'node:tls'
import { ClusterError } from '../api/cluster-error.ts'
import type { Identity } from './identity.ts'
import type { KubeTarget, Material } from './kubeconfig.ts'
import { pluginAccess } from './plugin-access.ts'
import { readNamedFile } from './read-named-file.ts'
import type { TlsMaterial } from './tls-material.ts'
import { given } from '../../edge/given.ts'

/** How requests reach one API server, and as whom. */
export interface Access extends Identity {
  readonly context: string
  readonly namespace: string
  /** Without a slash at its end. */
  readonly server: string
  /** Ends the connections that are kept. */
  close(): void
}

/** Octets of a certificate with its chain, a bundle of authorities, a key or a token. */
const mostMaterial = 4 * 1024 * 1024

/** Connections to the API server at the same time; one exec holds one, and is not counted once it is open. */
const mostConnections = 32

/**
 * Reads the certificates and keys that a kubeconfig names.
 * Throws a ClusterError of code `unreadable-kubeconfig` or `credentials`.
 */
export async function openAccess(target: KubeTarget): Promise<Access> {
  const tls = await tlsMaterial(target)
  const { context, namespace, server } = target
  if (target.plugin || target.proxyUrl !== null) {
    const { agent, headers, renew } = await pluginAccess(target, tls)
    return { context, namespace, server, agent, headers, renew, close: () => agent.destroy() }
  }
  const options = { keepAlive: true, maxSockets: mostConnections }
  const agent = server.startsWith('https:') ? new HttpsAgent({ ...options, ...tls }) : new HttpAgent(options)
  const headers = async (): Promise<Record<string, string>> => identityHeaders(target)
  const renew = async (): Promise<boolean> => false
  return { context, namespace, server, agent, headers, renew, close: () => agent.destroy() }
}

async function identityHeaders(target: KubeTarget): Promise<Record<string, string>> {
  const as: Record<string, string> =
    target.impersonate === null ? {} : { 'Impersonate-User': target.impersonate }
  if (target.token) {
    const token = (await materialText('token', target.token)).trim()
    return { ...as, Authorization: `Bearer ${token}` }
  }
  if (target.basic) {
    const { username, password } = target.basic
    return { ...as, Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
  }
  return as
}

async function tlsMaterial(target: KubeTarget): Promise<TlsMaterial> {
  const [ca, cert, key] = await Promise.all([
    optionalText('certificate-authority', target.authority),
    optionalText('client-certificate', target.certificate),
    optionalText('client-key', target.key),
  ])
  const tls: TlsMaterial = {
    ...given({ ca, cert, key, servername: target.tlsServerName ?? undefined }),
    ...(target.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
  }
  try {
    createSecureContext({ ...tls })
  } catch (cause) {
    throw new ClusterError(
      'unreadable-kubeconfig',
      `context ${JSON.stringify(target.context)} has a certificate or key that is not PEM, or that do not belong together: ${message(cause)}`,
      { cause },
    )
  }
  return tls
}

const optionalText = async (what: string, material: Material | null): Promise<string | undefined> =>
  material === null ? undefined : materialText(what, material)

async function materialText(what: string, { text, file }: Material): Promise<string> {
  if (file === undefined) return text ?? ''
  try {
    return await readNamedFile(file, mostMaterial)
  } catch (cause) {
    throw new ClusterError(
      'unreadable-kubeconfig',
      `cannot read the ${what} that the kubeconfig names: ${message(cause)}`,
      {
        cause,
      },
    )
  }
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))
