import { access } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parseJson } from '../../edge/json.ts'
import { ClusterError } from '../api/cluster-error.ts'
import { at, listAt, textAt } from '../../edge/fields.ts'
import { readNamedFile } from './read-named-file.ts'
import { yamlExcess } from '../../edge/yaml-excess.ts'
import { given } from '../../edge/given.ts'

export interface KubeconfigChoice {
  /** `--kubeconfig`. */
  readonly kubeconfig?: string
  /** `--context`. */
  readonly context?: string
  /** `--namespace`. */
  readonly namespace?: string
  /** `--as`. */
  readonly impersonate?: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The home directory; absent is none. */
  readonly home?: string
}

/** A certificate, key or token: its text, or the file that has it. */
export interface Material {
  readonly text?: string
  readonly file?: string
}

/** What a kubeconfig says about one context: where the API server is, and who we are. */
export interface KubeTarget {
  readonly context: string
  readonly namespace: string
  readonly server: string
  readonly tlsServerName: string | null
  readonly insecureSkipTlsVerify: boolean
  readonly proxyUrl: string | null
  readonly authority: Material | null
  readonly certificate: Material | null
  readonly key: Material | null
  readonly token: Material | null
  /** The user that requests are made as, where the kubeconfig says `as`. */
  readonly impersonate: string | null
  readonly basic: { readonly username: string; readonly password: string } | null
  /** The raw `exec` or `auth-provider` entry of a user whose credential a program or a protocol supplies. */
  readonly plugin: { readonly exec?: unknown; readonly authProvider?: unknown } | null
}

/** Octets; real ones are a few kilobytes a cluster. */
const mostKubeconfig = 8 * 1024 * 1024
/** Octets of a name (RFC 1123), with room for white space. */
const mostName = 1024

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Finds and reads the configuration as kubectl does: `--kubeconfig`, else the list in KUBECONFIG, else
 * ~/.kube/config, else the service account of the pod we run in. Of files that define the same name the first
 * wins, and files of the KUBECONFIG list that do not exist are left out (kubernetes.io, "Organizing Cluster
 * Access Using kubeconfig Files", merging rules).
 * Throws a ClusterError: `no-kubeconfig`, `unreadable-kubeconfig`, `no-context`.
 */
export async function loadKubeconfig(choice: KubeconfigChoice): Promise<KubeTarget> {
  const found = await findTarget(choice)
  return {
    ...found,
    ...given({ namespace: choice.namespace, impersonate: choice.impersonate }),
  }
}

async function findTarget(choice: KubeconfigChoice): Promise<KubeTarget> {
  const listed = (choice.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  if (choice.kubeconfig !== undefined)
    return target(await readConfigs([choice.kubeconfig], true), choice.context)
  if (listed.length > 0) {
    const configs = await readConfigs(listed, false)
    if (configs.length === 0)
      throw new ClusterError(
        'no-kubeconfig',
        `none of the files in KUBECONFIG exists (${listed.join(', ')}): correct it, or pass --kubeconfig FILE`,
      )
    return target(configs, choice.context)
  }
  const home =
    choice.home === undefined ? [] : await readConfigs([join(choice.home, '.kube', 'config')], false)
  if (home.length > 0) return target(home, choice.context)
  const pod = choice.context === undefined ? await inCluster(choice.env) : undefined
  if (pod) return pod
  throw new ClusterError(
    'no-kubeconfig',
    `no cluster is configured: neither --kubeconfig nor KUBECONFIG is set, and ${join(choice.home ?? '~', '.kube', 'config')} does not exist`,
  )
}

interface Config {
  readonly file: string
  readonly content: unknown
}

async function readConfigs(files: readonly string[], mustExist: boolean): Promise<readonly Config[]> {
  const read = await Promise.all(
    files.map(async (file): Promise<Config | undefined> => {
      let text
      try {
        text = await readNamedFile(file, mostKubeconfig)
      } catch (error) {
        if (!mustExist && isCode(error, 'ENOENT')) return undefined
        throw unreadable(file, reason(error), error)
      }
      return { file, content: await parse(file, text) }
    }),
  )
  return read.filter((config) => config !== undefined)
}

async function parse(file: string, text: string): Promise<unknown> {
  const content = text.trimStart().startsWith('{') ? jsonIn(file, text) : await yamlIn(file, text)
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw unreadable(file, 'it is not a kubeconfig')
  return content
}

function jsonIn(file: string, text: string): unknown {
  const read = parseJson(text)
  if ('problem' in read) throw unreadable(file, `line ${read.line}: ${read.problem}`)
  return read.value
}

async function yamlIn(file: string, text: string): Promise<unknown> {
  const excess = yamlExcess(text)
  if (excess !== null) throw unreadable(file, excess)
  const { parseYaml } = await import('../../edge/parse-yaml.ts')
  try {
    return parseYaml(text)
  } catch (error) {
    throw unreadable(file, `not YAML: ${reason(error)}`, error)
  }
}

const unreadable = (file: string, why: string, cause?: unknown): ClusterError =>
  new ClusterError(
    'unreadable-kubeconfig',
    `cannot read the kubeconfig ${file}: ${why.split('\n')[0] ?? ''}`,
    {
      cause,
    },
  )

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && textAt(error, 'code') === code

function reason(error: unknown): string {
  if (isCode(error, 'ENOENT')) return 'it does not exist'
  if (isCode(error, 'EACCES')) return 'permission denied'
  if (isCode(error, 'EISDIR')) return 'it is a directory'
  return error instanceof Error ? error.message : String(error)
}

interface Named {
  readonly file: string
  readonly value: unknown
}

/** The first entry of that name in the files, in order. */
function named(configs: readonly Config[], list: string, key: string, name: string): Named | undefined {
  for (const { file, content } of configs)
    for (const entry of listAt(content, list))
      if (textAt(entry, 'name') === name) return { file, value: at(entry, key) }
  return undefined
}

function target(configs: readonly Config[], wanted: string | undefined): KubeTarget {
  const files = configs.map(({ file }) => file).join(', ')
  const current = configs
    .map(({ content }) => textAt(content, 'current-context'))
    .find((name) => name !== undefined && name !== '')
  const context = wanted ?? current
  if (context === undefined)
    throw new ClusterError(
      'no-context',
      `${files} names no current context: pass --context NAME (${choices(configs)})`,
    )
  const entry = named(configs, 'contexts', 'context', context)
  if (!entry)
    throw new ClusterError(
      'no-context',
      `${files} has no context ${JSON.stringify(context)}: pass --context NAME (${choices(configs)})`,
    )
  const clusterName = textAt(entry.value, 'cluster') ?? ''
  const cluster = named(configs, 'clusters', 'cluster', clusterName)
  if (!cluster)
    throw unreadable(
      entry.file,
      `context ${JSON.stringify(context)} names the cluster ${JSON.stringify(clusterName)}, which is not there`,
    )
  const server = textAt(cluster.value, 'server') ?? ''
  if (!/^https?:\/\/[^/]/.test(server) || !URL.canParse(server))
    throw unreadable(
      cluster.file,
      `the server of cluster ${JSON.stringify(clusterName)} is not a URL: ${JSON.stringify(server)}`,
    )
  const authority = material(cluster, 'certificate-authority')
  const insecureSkipTlsVerify = at(cluster.value, 'insecure-skip-tls-verify') === true
  // client-go refuses both (clientcmd/validation.go, validateClusterInfo): which of the two is meant?
  if (insecureSkipTlsVerify && authority !== null)
    throw unreadable(
      cluster.file,
      `cluster ${JSON.stringify(clusterName)} has a certificate-authority and insecure-skip-tls-verify, which contradict each other`,
    )
  const userName = textAt(entry.value, 'user') ?? ''
  const user = userName === '' ? { file: entry.file, value: {} } : named(configs, 'users', 'user', userName)
  if (!user)
    throw unreadable(
      entry.file,
      `context ${JSON.stringify(context)} names the user ${JSON.stringify(userName)}, which is not there`,
    )
  return {
    context,
    namespace: textAt(entry.value, 'namespace') ?? 'default',
    tlsServerName: textAt(cluster.value, 'tls-server-name') ?? null,
    insecureSkipTlsVerify,
    proxyUrl: textAt(cluster.value, 'proxy-url') ?? null,
    authority,
    ...identityTowards(server, identity(user)),
  }
}

/**
 * Who we are to a server. Over http:// nobody, but for the user whom a proxy such as `kubectl proxy` shall act as: whoever is
 * on the way would have the credential as well (client-go, clientcmd/client_config.go, ClientConfig: "only try to read the auth
 * information if we are secure"). A name and a password in the address itself count where there is nothing else, as for Go's
 * net/http; the address is then without them, so that no message shows them.
 */
function identityTowards(address: string, who: Identity): Identity & Pick<KubeTarget, 'server'> {
  const url = new URL(address)
  const { username, password } = url
  url.username = ''
  url.password = ''
  const server = (username === '' && password === '' ? address : url.href).replace(/\/+$/, '')
  if (url.protocol !== 'https:') return { ...nobody, server, impersonate: who.impersonate }
  const alone = who.token === null && who.basic === null && who.plugin === null
  const basic =
    alone && username !== '' ? { username: decoded(username), password: decoded(password) } : who.basic
  return { ...who, server, basic }
}

/** Percent-decoded where it is percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const choices = (configs: readonly Config[]): string => {
  const names = configs.flatMap(({ content }) =>
    listAt(content, 'contexts').map((entry) => textAt(entry, 'name') ?? ''),
  )
  return names.length === 0 ? 'it has no contexts' : `it has: ${[...new Set(names)].slice(0, 10).join(', ')}`
}

type Identity = Pick<KubeTarget, 'certificate' | 'key' | 'token' | 'basic' | 'impersonate' | 'plugin'>

const nobody: Identity = {
  certificate: null,
  key: null,
  token: null,
  basic: null,
  impersonate: null,
  plugin: null,
}

function identity(user: Named): Identity {
  const exec = at(user.value, 'exec')
  const authProvider = at(user.value, 'auth-provider')
  const username = textAt(user.value, 'username')
  const tokenFile = textAt(user.value, 'tokenFile')
  const token = textAt(user.value, 'token')
  const plugin = exec === undefined && authProvider === undefined ? null : given({ exec, authProvider })
  return {
    certificate: material(user, 'client-certificate'),
    key: material(user, 'client-key'),
    // The file wins, because whoever writes it renews it (client-go, restclient config).
    token:
      tokenFile !== undefined
        ? { file: absolute(user.file, tokenFile) }
        : token !== undefined
          ? { text: token }
          : null,
    impersonate: textAt(user.value, 'as') ?? null,
    basic: username === undefined ? null : { username, password: textAt(user.value, 'password') ?? '' },
    plugin,
  }
}

function material({ file, value }: Named, key: string): Material | null {
  const data = textAt(value, `${key}-data`)
  if (data !== undefined && data !== '') return { text: Buffer.from(data, 'base64').toString('utf8') }
  const path = textAt(value, key)
  return path === undefined || path === '' ? null : { file: absolute(file, path) }
}

const absolute = (kubeconfig: string, path: string): string => resolve(dirname(kubeconfig), path)

/** The configuration that Kubernetes gives to every pod with a service account. */
async function inCluster(env: KubeconfigChoice['env']): Promise<KubeTarget | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST']
  const port = env['KUBERNETES_SERVICE_PORT']
  if (!host || !port || !/^\d+$/.test(port)) return undefined
  try {
    await access(`${serviceAccount}/token`)
  } catch {
    return undefined
  }
  return {
    context: 'in-cluster',
    namespace: await readNamedFile(`${serviceAccount}/namespace`, mostName).catch(() => 'default'),
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tlsServerName: null,
    insecureSkipTlsVerify: false,
    proxyUrl: null,
    authority: { file: `${serviceAccount}/ca.crt` },
    certificate: null,
    key: null,
    token: { file: `${serviceAccount}/token` },
    basic: null,
    impersonate: null,
    plugin: null,
  }
}
