import type { Agent } from 'node:http'
import type { KubeConfig as KubeConfigType } from '@kubernetes/client-node'
import type { Access, TlsMaterial } from './access.ts'
import { ClusterError } from './cluster-error.ts'
import { at, listAt, textAt } from './fields.ts'
import type { KubeTarget } from './kubeconfig.ts'

/** Milliseconds that a credential program may take; a browser log-in is not waited for. */
const pluginTimeout = 60_000

interface HttpsOptions {
  headers?: Record<string, unknown>
  auth?: string
  agent?: Agent
}

/**
 * Credentials that a program or a protocol supplies (`aws eks get-token`, OIDC…) and proxies: the Kubernetes
 * client library knows them all. It is heavy, so only who needs it loads it.
 */
export async function pluginAccess(
  target: KubeTarget,
  tls: TlsMaterial,
): Promise<Pick<Access, 'agent' | 'headers' | 'renew'>> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const open = (): KubeConfigType => {
    const config = new KubeConfig()
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
      ...(target.tlsServerName === null ? {} : { tlsServerName: target.tlsServerName }),
      ...(target.proxyUrl === null ? {} : { proxyUrl: target.proxyUrl }),
    },
  ],
  users: [
    {
      name: 'user',
      ...(tls.cert === undefined ? {} : { certData: base64(tls.cert) }),
      ...(tls.key === undefined ? {} : { keyData: base64(tls.key) }),
      ...(target.token?.text === undefined ? {} : { token: target.token.text }),
      ...(target.token?.file === undefined
        ? {}
        : { authProvider: { name: 'tokenFile', config: { tokenFile: target.token.file } } }),
      ...(target.basic ?? {}),
      ...(target.impersonate === null ? {} : { impersonateUser: target.impersonate }),
      ...(target.plugin?.authProvider === undefined ? {} : { authProvider: target.plugin.authProvider }),
      ...(target.plugin?.exec === undefined ? {} : { exec: execEntry(target.plugin.exec) }),
    },
  ],
  contexts: [{ name: 'context', cluster: 'cluster', user: 'user' }],
  currentContext: 'context',
})

/** The `exec` entry with the environment that client-go gives every credential program (KEP-541). */
function execEntry(exec: unknown): unknown {
  const apiVersion = textAt(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1'
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } })
  return { ...(exec as object), env: [...listAt(exec, 'env'), { name: 'KUBERNETES_EXEC_INFO', value: info }] }
}

const late = (): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer after ${pluginTimeout / 1000} s`)), pluginTimeout).unref()
  })

function credentialError(target: KubeTarget, cause: unknown): ClusterError {
  if (cause instanceof ClusterError) return cause
  const said = cause instanceof Error ? cause.message : String(cause)
  const command = textAt(target.plugin?.exec, 'command')
  const missing = at(cause, 'code') === 'ENOENT'
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
