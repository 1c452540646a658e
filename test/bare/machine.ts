import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * What a bare system takes from this machine: node, npm, and how registries are reached from here (resolver, hosts,
 * proxies, the certificates that are trusted). No program besides, and no account.
 */
export interface Machine {
  readonly node: string
  /** npm's own directory, with bin/npm-cli.js in it. */
  readonly npm: string
  /** Files of the bare system: path and text. */
  readonly files: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
}

const bundle = '/etc/ssl/certs/ca-certificates.crt'

const proxyVariables = ['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'].flatMap((name) => [
  name,
  name.toUpperCase(),
])

/** Reads it. Throws when this machine has no npm. */
export function readMachine(): Machine {
  const { npm_execpath: running } = process.env
  const npmCli = running?.endsWith('npm-cli.js') ? running : found('npm')
  if (npmCli === undefined) throw new Error('there is no npm on this machine to give to the bare system')
  const npm = dirname(dirname(realpathSync(npmCli)))
  const certificates = firstThere([
    process.env['SSL_CERT_FILE'],
    process.env['NODE_EXTRA_CA_CERTS'],
    setting(npm, 'cafile'),
    bundle,
    '/etc/pki/tls/certs/ca-bundle.crt',
    '/etc/ssl/cert.pem',
  ])
  return {
    node: realpathSync(process.execPath),
    npm,
    files: {
      ...copied('/etc/resolv.conf'),
      ...copied('/etc/hosts'),
      ...(certificates === undefined ? {} : { [bundle]: readFileSync(certificates, 'utf8') }),
      ...aptProxies(),
    },
    environment: {
      ...Object.fromEntries(
        proxyVariables.flatMap((name) => {
          const value = process.env[name]
          return value === undefined ? [] : [[name, value]]
        }),
      ),
      ...(process.env['NODE_EXTRA_CA_CERTS'] === undefined ? {} : { NODE_EXTRA_CA_CERTS: bundle }),
      ...(setting(npm, 'cafile') === undefined ? {} : { npm_config_cafile: bundle }),
      ...registry(npm),
    },
  }
}

function found(program: string): string | undefined {
  for (const directory of (process.env['PATH'] ?? '').split(':')) {
    const path = join(directory, program)
    if (directory !== '' && existsSync(path)) return path
  }
  return undefined
}

const firstThere = (paths: readonly (string | undefined)[]): string | undefined =>
  paths.find((path) => path !== undefined && existsSync(path))

const copied = (path: string): Readonly<Record<string, string>> =>
  existsSync(path) ? { [path]: readFileSync(path, 'utf8') } : {}

/** A value of npm's configuration as it is without a project's. */
function setting(npm: string, name: string): string | undefined {
  const { stdout } = spawnSync(process.execPath, [join(npm, 'bin/npm-cli.js'), 'config', 'get', name], {
    cwd: '/',
    encoding: 'utf8',
  })
  const value = stdout.trim()
  return ['', 'null', 'undefined'].includes(value) ? undefined : value
}

function registry(npm: string): Readonly<Record<string, string>> {
  const value = setting(npm, 'registry')
  return value === undefined ? {} : { npm_config_registry: value }
}

/** apt keeps its proxies in files of its own. */
function aptProxies(): Readonly<Record<string, string>> {
  const { stdout } = spawnSync('apt-config', ['dump'], { encoding: 'utf8' })
  const lines = (stdout ?? '').split('\n').filter((line) => /^Acquire::https?::Proxy\b/i.test(line))
  return lines.length === 0 ? {} : { '/etc/apt/apt.conf.d/80proxy': `${lines.join('\n')}\n` }
}
