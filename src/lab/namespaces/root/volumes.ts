import {
  chmodSync,
  closeSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { guestRoot } from '../guests.ts'
import { openInRoot, openRoot } from './open-in-root.ts'
import type { SandboxMount, SandboxVolume, VolumeFiles } from '../../sandbox.ts'

/** What a sandbox mounts of its volumes: from a path of the lab's, onto a path of its own. */
export interface VolumeBind {
  readonly from: string
  readonly to: string
  readonly readOnly: boolean
  /** It is one file, and wants one to be mounted on. */
  readonly isFile: boolean
}

/** A mount on whose way somebody else may have put links: found step by step, and mounted by descriptor. */
export interface CarefulMount {
  readonly volume: string
  /** Directories below which each of the next is found: a node's root, a path in it, a path in that. */
  readonly from: readonly [root: string, ...paths: string[]]
  readonly to: string
  readonly readOnly: boolean
  /** Kubernetes' HostPathType, or nothing that is asked of it. */
  readonly type: string
}

export type VolumePlan =
  | { readonly kind: 'plain'; readonly binds: readonly VolumeBind[] }
  | { readonly kind: 'careful'; readonly mounts: readonly CarefulMount[] }

/** Where the volumes of a pod are. */
export interface VolumePlaces {
  /** The sandbox's own directory: what the kubelet writes is written anew for each. */
  readonly sandbox: string
  /** Of its empty directories, which outlive its sandbox. */
  readonly kept: string
  /** Where the node's own files are seen by whoever mounts. */
  readonly node: string
}

/** Throws when it is no name of a volume: it is that of a directory of ours. */
function volumeDirectory(top: string, volume: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(volume))
    throw new Error(`not a name that a volume can have: ${JSON.stringify(volume)}`)
  return join(top, 'volumes', volume)
}

/**
 * Makes a pod's volumes where they are not there, and says what is to be mounted where. Throws when a path of a pod leads out of its place.
 */
export function layOutVolumes(
  places: VolumePlaces,
  volumes: readonly SandboxVolume[],
  mounts: readonly SandboxMount[],
): VolumePlan {
  const directoryOf = ({ kind, name }: SandboxVolume): string =>
    volumeDirectory(kind === 'empty' ? places.kept : places.sandbox, name)
  for (const volume of volumes) {
    if (volume.kind === 'node') continue
    const directory = directoryOf(volume)
    // Undefined: it is there, as the pod has left it.
    if (mkdirSync(directory, { recursive: true }) !== undefined) {
      chmodSync(directory, 0o777)
      lchownSync(directory, guestRoot, guestRoot)
    }
    if (volume.kind === 'files') writeVolumeFiles(places.sandbox, volume.name, volume.files)
  }
  // An outer place is mounted before what is mounted inside it.
  const wanted = mounts
    .toSorted((a, b) => a.path.length - b.path.length)
    .flatMap((mount) => {
      const volume = volumes.find(({ name }) => name === mount.volume)
      return volume === undefined ? [] : [{ mount, volume }]
    })
  const paths = wanted.map(({ mount }) => absolute(mount.path))
  // In an empty directory the pod's sandbox before may have put links.
  const isOwnSource = ({ volume, mount }: (typeof wanted)[number]): boolean =>
    volume.kind === 'files' || (volume.kind === 'empty' && mount.subPath === undefined)
  const isPlain = wanted.every((one) => isOwnSource(one) && isOwnPlace(one.mount.path, paths))
  // The kubelet mounts what it writes itself read-only (since 1.9.4): only then is it sure what it replaces.
  const readOnly = ({ volume, mount }: (typeof wanted)[number]): boolean =>
    mount.readOnly || volume.kind === 'files'
  if (!isPlain)
    return {
      kind: 'careful',
      mounts: wanted.map(({ volume, mount }): CarefulMount => {
        const { subPath } = mount
        const directory = directoryOf(volume)
        if (subPath !== undefined && volume.kind === 'empty') makeBelow(directory, absolute(`/${subPath}`))
        return {
          volume: volume.name,
          from: [
            ...(volume.kind === 'node'
              ? ([places.node, absolute(volume.path)] as const)
              : ([directory] as const)),
            ...(subPath === undefined ? [] : [absolute(`/${subPath}`)]),
          ],
          to: absolute(mount.path),
          readOnly: readOnly({ volume, mount }),
          type: volume.kind === 'node' ? volume.type : '',
        }
      }),
    }
  return {
    kind: 'plain',
    binds: wanted.map(({ volume, mount }): VolumeBind => {
      const directory = directoryOf(volume)
      const from = mount.subPath === undefined ? directory : join(directory, absolute(`/${mount.subPath}`))
      return {
        from,
        to: inRun(absolute(mount.path)),
        readOnly: readOnly({ volume, mount }),
        isFile: statSync(from).isFile(),
      }
    }),
  }
}

/** Makes a directory where nothing is, and those on the way to it, whatever links somebody has put there. */
function makeBelow(directory: string, path: string): void {
  const top = openRoot(directory)
  try {
    closeSync(openInRoot(top, path, { kind: 'directory', owner: guestRoot }))
  } finally {
    closeSync(top)
  }
}

/** An absolute path without a step up, each of its names after one slash; anything else is no path of a pod. */
function absolute(path: string): string {
  const names = path.split('/')
  if (!path.startsWith('/') || names.includes('..') || path.includes('\0'))
    throw new Error(`not an absolute path: ${JSON.stringify(path)}`)
  return names
    .filter((name) => name !== '' && name !== '.')
    .map((name) => `/${name}`)
    .join('')
}

/** /var/run is a link to /run. */
const inRun = (path: string): string => path.replace(/^\/var\/run(?=\/|$)/, '/run')

/** Directories of a sandbox in which nothing is when its volumes are mounted, so that no link can be on the way. */
const empty = [
  '/home',
  '/media',
  '/mnt',
  '/root',
  '/run',
  '/srv',
  '/tmp',
  '/var/cache',
  '/var/lib',
  '/var/log',
  '/var/tmp',
]

/** Nobody but us has made what is on the way to it: not below another volume, and not where the machine's links are. */
function isOwnPlace(path: string, paths: readonly string[]): boolean {
  const place = inRun(absolute(path))
  const isNested = paths.some((other) => place.startsWith(`${inRun(other)}/`))
  const isNew =
    place !== '' && !/^\/(bin|dev|etc|gnu|lib[^/]*|nix|opt|proc|sbin|sys|usr|var)(\/|$)/.test(place)
  return !isNested && (isNew || empty.some((top) => place.startsWith(`${top}/`)))
}

/**
 * Puts files into a volume as the kubelet does (pkg/volume/util/atomic_writer.go): into a new directory, to which
 * `..data` then points, so that a reader sees all of the old files or all of the new ones.
 */
export function writeVolumeFiles(sandbox: string, volume: string, files: VolumeFiles): void {
  const directory = volumeDirectory(sandbox, volume)
  const old = linkTarget(join(directory, '..data'))
  const fresh = `..${new Date().toISOString().replace(/[-:TZ.]/g, '_')}${process.hrtime.bigint().toString(36)}`
  mkdirSync(join(directory, fresh), { recursive: true })
  for (const { path, octets, mode } of files) {
    const file = join(directory, fresh, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, octets, { mode })
    lchownSync(file, guestRoot, guestRoot)
  }
  symlinkSync(fresh, join(directory, '..data_tmp'))
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'))
  const names = new Set(files.map(({ path }) => path.split('/')[0] ?? path))
  for (const there of readdirSync(directory))
    if (!there.startsWith('..') && !names.has(there)) rmSync(join(directory, there), { recursive: true })
  for (const name of names)
    if (linkTarget(join(directory, name)) === undefined) symlinkSync(`..data/${name}`, join(directory, name))
  // Read back from where the pod looks, so only what we would have written ourselves is believed.
  if (old !== undefined && /^\.\.[0-9_]+[0-9a-z]+$/.test(old))
    rmSync(join(directory, old), { recursive: true, force: true })
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    // Nothing is there yet.
    return undefined
  }
}
