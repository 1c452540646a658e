import type { ConfigMap, Secret } from '../../objects/configuration.ts'
import type { Container, EnvVar, Pod } from '../../objects/pod.ts'
import type { Service } from '../../objects/service.ts'

/** Where a pod's variables come from. */
export interface EnvironmentSources {
  readonly pod: Pod
  readonly podIP: string
  readonly hostIP: string
  configMap(name: string): ConfigMap | undefined
  secret(name: string): Secret | undefined
  /** Services of the pod's namespace, and `kubernetes` of the default one. */
  readonly services: readonly Service[]
}

/** A container that cannot be started before its configuration is there: `CreateContainerConfigError`. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** The environment of a container: service links, envFrom, env, with `$(NAME)` resolved. */
export function environmentOf(
  container: Container,
  sources: EnvironmentSources,
): Readonly<Record<string, string>> {
  const env = new Map<string, string>([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOME', '/root'],
    ['HOSTNAME', sources.pod.spec.hostname ?? sources.pod.metadata.name],
    ...(container.tty === true ? ([['TERM', 'xterm']] as const) : []),
    ...serviceVariables(sources),
  ])
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const from = configMapRef ?? secretRef
    if (from === undefined) continue
    const name = from.name ?? ''
    const kind = configMapRef === undefined ? 'secret' : 'configmap'
    const data = configMapRef === undefined ? decoded(sources.secret(name)) : sources.configMap(name)?.data
    if (
      data === undefined &&
      (configMapRef === undefined ? sources.secret(name) : sources.configMap(name)) === undefined
    ) {
      if (from.optional === true) continue
      throw new ConfigurationError(`${kind} "${name}" not found`)
    }
    for (const [key, value] of Object.entries(data ?? {})) env.set(prefix + key, value)
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, sources, env)
    if (value !== undefined) env.set(variable.name, value)
  }
  return Object.fromEntries(env)
}

/** `$(NAME)` becomes the variable's value, `$$(NAME)` the text `$(NAME)`; an unknown name stays as it is. */
export const expand = (
  text: string,
  env: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
): string =>
  text.replaceAll(/\$\$|\$\(([\w.-]+)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$'
    const value = env instanceof Map ? (env as ReadonlyMap<string, string>).get(name) : recordValue(env, name)
    return value ?? whole
  })

const recordValue = (env: unknown, name: string): string | undefined =>
  Object.hasOwn(env as object, name) ? (env as Record<string, string>)[name] : undefined

const decoded = (secret: Secret | undefined): Readonly<Record<string, string>> | undefined =>
  secret === undefined
    ? undefined
    : Object.fromEntries(
        Object.entries(secret.data ?? {}).map(([key, value]) => [
          key,
          Buffer.from(value, 'base64').toString(),
        ]),
      )

function valueOf(
  { name, value, valueFrom }: EnvVar,
  sources: EnvironmentSources,
  env: ReadonlyMap<string, string>,
): string | undefined {
  if (valueFrom === undefined) return expand(value ?? '', env)
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom
  if (fieldRef !== undefined) return fieldValue(fieldRef.fieldPath, sources)
  const from = configMapKeyRef ?? secretKeyRef
  if (from === undefined) return undefined
  const owner = from.name ?? ''
  const data = configMapKeyRef === undefined ? decoded(sources.secret(owner)) : sources.configMap(owner)?.data
  const found = data !== undefined && Object.hasOwn(data, from.key) ? data[from.key] : undefined
  if (found !== undefined || from.optional === true) return found
  const kind = configMapKeyRef === undefined ? 'secret' : 'configmap'
  const exists =
    (configMapKeyRef === undefined ? sources.secret(owner) : sources.configMap(owner)) !== undefined
  throw new ConfigurationError(
    exists
      ? `couldn't find key ${from.key} in ${kind === 'secret' ? 'Secret' : 'ConfigMap'} ${sources.pod.metadata.namespace ?? ''}/${owner}`
      : `${kind} "${owner}" not found (variable ${name})`,
  )
}

/** The fields of a pod that the downward API gives. */
export function fieldValue(path: string, { pod, podIP, hostIP }: EnvironmentSources): string | undefined {
  const { metadata, spec } = pod
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path)
  if (keyed !== null) {
    const map = keyed[1] === 'labels' ? metadata.labels : metadata.annotations
    return map?.[keyed[2] ?? ''] ?? ''
  }
  switch (path) {
    case 'metadata.labels':
    case 'metadata.annotations':
      return Object.entries((path === 'metadata.labels' ? metadata.labels : metadata.annotations) ?? {})
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .toSorted()
        .join('\n')
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid
    case 'spec.nodeName':
      return spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? ''
    case 'status.podIP':
    case 'status.podIPs':
      return podIP
    case 'status.hostIP':
    case 'status.hostIPs':
      return hostIP
    default:
      return undefined
  }
}

/** `WEB_SERVICE_HOST` and the Docker-link variables of every service that was there before the pod. */
function serviceVariables({ pod, services }: EnvironmentSources): readonly (readonly [string, string])[] {
  const linked = services.filter(
    ({ metadata, spec }) =>
      spec.clusterIP !== undefined &&
      spec.clusterIP !== 'None' &&
      (metadata.name === 'kubernetes' || pod.spec.enableServiceLinks !== false),
  )
  return linked.flatMap(({ metadata, spec }) => {
    const prefix = metadata.name.toUpperCase().replaceAll('-', '_')
    const host = spec.clusterIP ?? ''
    const [first] = spec.ports ?? []
    const url = (protocol: string | undefined, port: number): string =>
      `${(protocol ?? 'TCP').toLowerCase()}://${host}:${String(port)}`
    return [
      [`${prefix}_SERVICE_HOST`, host] as const,
      ...(first === undefined
        ? []
        : ([
            [`${prefix}_SERVICE_PORT`, String(first.port)],
            [`${prefix}_PORT`, url(first.protocol, first.port)],
          ] as const)),
      ...(spec.ports ?? []).flatMap(({ name, port, protocol = 'TCP' }) => {
        const link = `${prefix}_PORT_${String(port)}_${protocol}`
        return [
          ...(name === undefined || name === ''
            ? []
            : ([
                [`${prefix}_SERVICE_PORT_${name.toUpperCase().replaceAll('-', '_')}`, String(port)],
              ] as const)),
          [link, url(protocol, port)],
          [`${link}_PROTO`, protocol.toLowerCase()],
          [`${link}_PORT`, String(port)],
          [`${link}_ADDR`, host],
        ] as const
      }),
    ]
  })
}
