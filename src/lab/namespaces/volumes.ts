import {
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
import type { SandboxMount, SandboxVolume, VolumeFiles } from '../sandbox.ts'

/** What a sandbox mounts of its volumes: from a path of the lab's, onto a path of its own. */
export interface VolumeBind {
  readonly from: string
  readonly to: string
  readonly readOnly: boolean
  /** It is one file, and wants one to be mounted on. */
  readonly isFile: boolean
}

const volumeDirectory = (sandbox: string, volume: string): string => join(sandbox, 'volumes', volume)

/**
 * Makes a sandbox's volumes below its directory, and says what is to be mounted where. `nodeRoot` is where the node's
 * own files are seen by whoever mounts. Throws when a path of a pod leads out of its place.
 */
export function layOutVolumes(
  sandbox: string,
  volumes: readonly SandboxVolume[],
  mounts: readonly SandboxMount[],
  nodeRoot: string,
): readonly VolumeBind[] {
  for (const volume of volumes) {
    if (volume.kind === 'node') continue
    mkdirSync(volumeDirectory(sandbox, volume.name), { recursive: true, mode: 0o777 })
    if (volume.kind === 'files') writeVolumeFiles(sandbox, volume.name, volume.files)
  }
  // An outer place is mounted before what is mounted inside it.
  return mounts
    .toSorted((a, b) => a.path.length - b.path.length)
    .flatMap(({ volume: name, path, subPath, readOnly }): VolumeBind[] => {
      const volume = volumes.find((one) => one.name === name)
      if (volume === undefined) return []
      const base =
        volume.kind === 'node' ? `${nodeRoot}${absolute(volume.path)}` : volumeDirectory(sandbox, name)
      const from = subPath === undefined ? base : join(base, absolute(`/${subPath}`))
      if (subPath !== undefined && volume.kind === 'empty') mkdirSync(from, { recursive: true })
      return [
        {
          from,
          to: inRun(absolute(path)),
          readOnly,
          isFile: volume.kind !== 'node' && statSync(from).isFile(),
        },
      ]
    })
}

/** An absolute path without a step up; anything else is no path of a pod. */
function absolute(path: string): string {
  if (!path.startsWith('/') || path.split('/').includes('..') || path.includes('\0'))
    throw new Error(`not an absolute path: ${JSON.stringify(path)}`)
  return path.replace(/\/+$/, '')
}

/** /var/run is a link to /run nearly everywhere, and a mount from outside would follow it out of the sandbox. */
const inRun = (path: string): string => path.replace(/^\/var\/run(?=\/|$)/, '/run')

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
    mkdirSync(join(directory, fresh, dirname(path)), { recursive: true })
    writeFileSync(join(directory, fresh, path), octets, { mode })
  }
  symlinkSync(fresh, join(directory, '..data_tmp'))
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'))
  const names = new Set(files.map(({ path }) => path.split('/')[0] ?? path))
  for (const there of readdirSync(directory))
    if (!there.startsWith('..') && !names.has(there)) rmSync(join(directory, there), { recursive: true })
  for (const name of names)
    if (linkTarget(join(directory, name)) === undefined) symlinkSync(`..data/${name}`, join(directory, name))
  if (old !== undefined) rmSync(join(directory, old), { recursive: true, force: true })
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    // Nothing is there yet.
    return undefined
  }
}
