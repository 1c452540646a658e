import type { SandboxMount, SandboxVolume, VolumeFiles } from '../../sandbox.ts'
import type { ConfigMap, Secret } from '../objects/configuration.ts'
import type { JsonObject } from '../objects/meta.ts'
import type { Pod } from '../objects/pod.ts'
import { fieldValue, type EnvironmentSources } from './containers/environment.ts'

/** What a pod's volumes are made of, and where its containers want them. */
export interface PodVolumes {
  readonly volumes: readonly SandboxVolume[]
  readonly mounts: readonly SandboxMount[]
}

export interface VolumeSources extends EnvironmentSources {
  /** A token of the pod's service account. */
  token(audience: string | undefined, seconds: number): string
}

/** A volume that cannot be set up, in the kubelet's words after `MountVolume.SetUp failed for volume "NAME" : `. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError'
  readonly volume: string
  constructor(volume: string, message: string) {
    super(message)
    this.volume = volume
  }
}

/**
 * The volumes of a pod as files (pkg/volume: configmap, secret, projected, downwardapi, emptydir, hostpath). Every container
 * of a lab's pod sees the same file system, so a path is mounted once. Throws a VolumeError.
 */
export function podVolumes(pod: Pod, sources: VolumeSources): PodVolumes {
  const containers = [
    ...(pod.spec.initContainers ?? []),
    ...pod.spec.containers,
    ...(pod.spec.ephemeralContainers ?? []),
  ]
  const mounts = new Map<string, SandboxMount>()
  for (const { volumeMounts = [] } of containers)
    for (const { name, mountPath, subPath, readOnly } of volumeMounts)
      mounts.set(mountPath, {
        volume: name,
        path: mountPath,
        readOnly: readOnly === true,
        ...(subPath === undefined || subPath === '' ? {} : { subPath }),
      })
  const wanted = new Set([...mounts.values()].map(({ volume }) => volume))
  return {
    mounts: [...mounts.values()],
    volumes: (pod.spec.volumes ?? [])
      .filter((volume) => wanted.has(text(volume, 'name') ?? ''))
      .map((volume) => volumeOf(volume, sources)),
  }
}

function volumeOf(volume: JsonObject, sources: VolumeSources): SandboxVolume {
  const name = text(volume, 'name') ?? ''
  const [kind] = Object.keys(volume).filter((key) => key !== 'name')
  const source = object(volume, kind ?? '') ?? {}
  switch (kind) {
    case undefined:
    case 'emptyDir':
      return { kind: 'empty', name }
    case 'hostPath':
      return { kind: 'node', name, path: text(source, 'path') ?? '/', type: text(source, 'type') ?? '' }
    case 'configMap':
    case 'secret':
    case 'downwardAPI':
      return { kind: 'files', name, files: filesOf(name, kind, source, modeOf(source, 0o644), sources) }
    case 'projected':
      return {
        kind: 'files',
        name,
        files: list(source, 'sources').flatMap((one) => {
          const [projected = ''] = Object.keys(one)
          return filesOf(name, projected, object(one, projected) ?? {}, modeOf(source, 0o644), sources)
        }),
      }
    default:
      throw new VolumeError(name, `the lab has no volumes of type ${kind}`)
  }
}

function filesOf(
  volume: string,
  kind: string,
  source: JsonObject,
  mode: number,
  sources: VolumeSources,
): VolumeFiles {
  switch (kind) {
    case 'configMap': {
      const wanted = text(source, 'name') ?? ''
      return chosen(volume, 'configmap', wanted, configMapFiles(sources.configMap(wanted)), source, mode)
    }
    case 'secret': {
      const wanted = text(source, 'secretName') ?? text(source, 'name') ?? ''
      return chosen(volume, 'secret', wanted, secretFiles(sources.secret(wanted)), source, mode)
    }
    case 'serviceAccountToken': {
      const seconds = source['expirationSeconds']
      const token = sources.token(text(source, 'audience'), typeof seconds === 'number' ? seconds : 3600)
      return [
        {
          path: checked(volume, text(source, 'path') ?? 'token'),
          octets: Buffer.from(token),
          mode: 0o600 | mode,
        },
      ]
    }
    case 'downwardAPI':
      return list(source, 'items').map((item) => ({
        path: checked(volume, text(item, 'path') ?? ''),
        octets: Buffer.from(fieldValue(text(object(item, 'fieldRef'), 'fieldPath') ?? '', sources) ?? ''),
        mode: modeOf(item, mode, 'mode'),
      }))
    default:
      throw new VolumeError(volume, `the lab projects no ${kind}`)
  }
}

const configMapFiles = (found: ConfigMap | undefined): ReadonlyMap<string, Buffer> | undefined =>
  found &&
  new Map([
    ...Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const),
    ...Object.entries(found.binaryData ?? {}).map(
      ([key, value]) => [key, Buffer.from(value, 'base64')] as const,
    ),
  ])

const secretFiles = (found: Secret | undefined): ReadonlyMap<string, Buffer> | undefined =>
  found &&
  new Map(
    Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
  )

/** All keys, or those that `items` name, each at its path. */
function chosen(
  volume: string,
  kind: 'configmap' | 'secret',
  name: string,
  data: ReadonlyMap<string, Buffer> | undefined,
  source: JsonObject,
  mode: number,
): VolumeFiles {
  const optional = source['optional'] === true
  if (data === undefined) {
    if (optional) return []
    throw new VolumeError(volume, `${kind} "${name}" not found`)
  }
  const items = list(source, 'items')
  if (items.length === 0)
    return [...data].map(([key, octets]) => ({ path: checked(volume, key), octets, mode }))
  return items.flatMap((item) => {
    const key = text(item, 'key') ?? ''
    const octets = data.get(key)
    if (octets !== undefined)
      return [{ path: checked(volume, text(item, 'path') ?? key), octets, mode: modeOf(item, mode, 'mode') }]
    if (optional) return []
    throw new VolumeError(
      volume,
      `references non-existent ${kind === 'secret' ? 'secret' : 'config'} key: ${key}`,
    )
  })
}

/** Relative, and never out of the volume (validateLocalDescendingPath). */
function checked(volume: string, path: string): string {
  const parts = path.split('/')
  if (path === '' || path.startsWith('/') || parts.some((part) => part === '..' || part === ''))
    throw new VolumeError(volume, `not a path inside a volume: ${JSON.stringify(path)}`)
  return path
}

const text = (of: JsonObject | undefined, key: string): string | undefined => {
  const value = of?.[key]
  return typeof value === 'string' ? value : undefined
}
const object = (of: JsonObject, key: string): JsonObject | undefined => {
  const value = of[key]
  return isObject(value) ? value : undefined
}
const list = (of: JsonObject, key: string): readonly JsonObject[] => {
  const value = of[key]
  return Array.isArray(value) ? value.filter(isObject) : []
}
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const modeOf = (of: JsonObject, usual: number, key = 'defaultMode'): number => {
  const value = of[key]
  return typeof value === 'number' ? value & 0o777 : usual
}
