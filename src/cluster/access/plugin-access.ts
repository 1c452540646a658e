import type { Agent } from 'node:http'
import type { KubeConfig as KubeConfigType } from '@kubernetes/client-node'
import { ClusterError } from '../api/cluster-error.ts'
import { execCredential, ExecCredentialError, type ExecCredential } from './exec-credential.ts'
import { textAt } from '../../edge/fields.ts'
import type { Identity } from './identity.ts'
import type { KubeTarget } from './kubeconfig.ts'
import type { TlsMaterial } from './tls-material.ts'
import { given } from '../../edge/given.ts'

/** Milliseconds that a protocol may take for a credential. */
const pluginTimeout = 60_000

interface HttpsOptions {
  headers?: Record<string, unknown>
  auth?: string
  agent?: Agent
  cert?: string
  key?: string
}

/** What our own programs' authenticator is known by to the library. */
const ownProvider = 'podpath-exec'

/** Instead of the library's own, which reads whatever a program says for as long as it likes. */
function execAuthenticator(exec: unknown) {
  let kept: ExecCredential | null = null
  return {
    isAuthProvider: ({ authProvider }: { readonly authProvider?: { readonly name?: string } }): boolean =>
      authProvider?.name === ownProvider,
    async applyAuthentication(_user: unknown, options: HttpsOptions): Promise<void> {
      if (kept === null || kept.until <= Date.now()) kept = await execCredential(exec)
      const { token, certificate, key } = kept
      if (certificate !== null) options.cert = certificate
      if (key !== null) options.key = key
      if (token !== null) options.headers = { ...options.headers, Authorization: `Bearer ${token}` }
    },
  }
}

/**
 * Credentials that a program or a protocol supplies (`aws eks get-token`, OIDC…) and proxies: the Kubernetes
 * client library knows them all. It is heavy, so only who needs it loads it.
 */
export async function pluginAccess(target: KubeTarget, tls: TlsMaterial): Promise<Identity> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const open = (): KubeConfigType => {
    const config = new KubeConfig()
    if (target.plugin?.exec !== undefined)
      config.addAuthenticator(execAuthenticator(target.plugin.exec) as never)
    config.loadFromOptions(optionsOf(target, tls))
    return config
  }
  let config = open()
  const apply = async (): Promise<HttpsOptions> => {
    const options: HttpsOptions = {}
    // The library's type is that of https.request; these three members are what we read.
    await Promise.race([config.applyToHTTPSOptions(options as never), late()]).catch((cause: unknown) => {
      throw credentialError(target, cause)
    })
    return options
  }
  const first = await apply()
  if (!first.agent) throw new Error('the Kubernetes client library made no agent')
  return {
    agent: first.agent,
    headers: async () => {
      const { headers = {}, auth } = await apply()
      const named = Object.entries(headers).map(([name, value]) => [name, String(value)])
      if (auth !== undefined) named.push(['Authorization', `Basic ${base64(auth)}`])
      return Object.fromEntries(named) as Record<string, string>
    },
    // The library keeps a credential until the end that its program named, whatever the server says of it.
    renew: async () => {
      if (!target.plugin) return false
      config = open()
      return true
    },
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const optionsOf = (target: KubeTarget, tls: TlsMaterial): object => ({
  clusters: [
    {
      name: 'cluster',
      server: target.server,
      // The library refuses plain HTTP otherwise; there is no certificate to be skipped then.
      skipTLSVerify: target.insecureSkipTlsVerify || target.server.startsWith('http:'),
      ...(tls.ca === undefined ? {} : { caData: base64(tls.ca) }),
      ...given({ tlsServerName: target.tlsServerName ?? undefined, proxyUrl: target.proxyUrl ?? undefined }),
    },
  ],
  users: [
    {
      name: 'user',
      ...(tls.cert === undefined ? {} : { certData: base64(tls.cert) }),
      ...(tls.key === undefined ? {} : { keyData: base64(tls.key) }),
      ...given({ token: target.token?.text }),
      ...(target.token?.file === undefined
        ? {}
        : { authProvider: { name: 'tokenFile', config: { tokenFile: target.token.file } } }),
      ...(target.basic ?? {}),
      ...given({ impersonateUser: target.impersonate ?? undefined }),
      ...(target.plugin?.exec !== undefined
        ? { authProvider: { name: ownProvider } }
        : target.plugin?.authProvider !== undefined
          ? { authProvider: target.plugin.authProvider }
          : {}),
    },
  ],
  contexts: [{ name: 'context', cluster: 'cluster', user: 'user' }],
  currentContext: 'context',
})

const late = (): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer after ${pluginTimeout / 1000} s`)), pluginTimeout).unref()
  })

function credentialError(target: KubeTarget, cause: unknown): ClusterError {
  if (cause instanceof ClusterError) return cause
  const said = cause instanceof Error ? cause.message : String(cause)
  const command = textAt(target.plugin?.exec, 'command')
  const missing = cause instanceof ExecCredentialError && cause.missing
  const what = command === undefined ? 'the credential of' : `the credential program ${command} of`
  const hint = missing
    ? (textAt(target.plugin?.exec, 'installHint') ?? 'install it, or correct the kubeconfig')
    : 'run it by hand to see more'
  return new ClusterError(
    'credentials',
    `${what} context ${JSON.stringify(target.context)} failed: ${missing ? 'it is not installed' : said || 'it said nothing'}; ${hint}`,
    { cause },
  )
}
