import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, readFileSync, type Stats } from 'node:fs'
import { guestRoot } from './guests.ts'
import { mountFailed } from './mount-failed.ts'
import { openInRoot, openRoot, type Make } from './root/open-in-root.ts'
import type { CarefulMount } from './root/volumes.ts'

/**
 * Mounts a sandbox's volumes where a node or a pod may have put links on the way (Kubernetes' CVE-2017-1002101 and
 * CVE-2021-25741 were such). Runs in the mount namespace that becomes the sandbox's, before anything of the pod does.
 * Arguments: the sandbox's root, and the file with its mounts.
 */

/** A mount that cannot be made, in the kubelet's words. */
class MountProblem extends Error {}

const [, , root = '', list = ''] = process.argv
try {
  const mounts = JSON.parse(readFileSync(list, 'utf8')) as readonly CarefulMount[]
  for (const mount of mounts) mountVolume(root, mount)
} catch (error) {
  process.stderr.write(`${error instanceof MountProblem ? error.message : String(error)}\n`)
  process.exitCode = 1
}

function mountVolume(rootPath: string, { volume, from, to, readOnly, type }: CarefulMount): void {
  const problem = (words: string): MountProblem => new MountProblem(`${mountFailed} "${volume}" : ${words}`)
  const source = openSource(from, problem)
  const found = fstatSync(source)
  const wrong = typeProblem(found, type, from[1] ?? '/')
  if (wrong !== null) throw problem(wrong)
  const top = openRoot(rootPath)
  const isDirectory = found.isDirectory()
  const place = split(to)
  if (place === undefined) throw problem(`${to} is no place to mount on`)
  // A directory is entered and mounted upon from within; of a file only the directory that it is in is entered.
  const target = isDirectory ? at(top, to, 'directory') : at(top, place.parent, 'directory')
  if (!isDirectory) closeSync(at(target, place.name, 'file'))
  mount(target, isDirectory ? '.' : `./${place.name}`, { kind: 'bind', source })
  // Whoever exchanged it for a link meanwhile has had something else of this sandbox's covered, which then never runs.
  const mounted = at(top, to, 'nothing')
  const { dev, ino } = fstatSync(mounted)
  if (dev !== found.dev || ino !== found.ino) throw problem(`${to} changed while it was mounted`)
  if (readOnly)
    mount(isDirectory ? mounted : target, isDirectory ? '.' : `./${place.name}`, { kind: 'read-only' })
  closeSync(mounted)
  for (const one of [source, top, target]) closeSync(one)

  function at(directory: number, path: string, make: Make['kind']): number {
    try {
      return openInRoot(
        directory,
        path,
        make === 'nothing' ? { kind: make } : { kind: make, owner: guestRoot },
      )
    } catch (error) {
      throw problem(
        error instanceof Error ? error.message.replace(/\/proc\/self\/fd\/\d+/g, '') : String(error),
      )
    }
  }
}

function openSource(from: CarefulMount['from'], problem: (words: string) => MountProblem): number {
  const [base, ...paths] = from
  let at = openRoot(base)
  for (const path of paths) {
    const above = at
    try {
      at = openInRoot(above, path)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      throw problem(
        code === 'ENOENT'
          ? `hostPath type check failed: ${path} does not exist`
          : `${path}: ${String(code ?? error)}`,
      )
    } finally {
      closeSync(above)
    }
  }
  return at
}

/** kubelet's checks of a hostPath (pkg/volume/hostpath/host_path.go). */
function typeProblem(found: Stats, type: string, path: string): string | null {
  const checks: Readonly<Record<string, readonly [is: boolean, what: string]>> = {
    Directory: [found.isDirectory(), 'a directory'],
    DirectoryOrCreate: [found.isDirectory(), 'a directory'],
    File: [found.isFile(), 'a file'],
    FileOrCreate: [found.isFile(), 'a file'],
    Socket: [found.isSocket(), 'a socket file'],
    CharDevice: [found.isCharacterDevice(), 'a character device'],
    BlockDevice: [found.isBlockDevice(), 'a block device'],
  }
  const check = checks[type]
  return check === undefined || check[0] ? null : `hostPath type check failed: ${path} is not ${check[1]}`
}

function split(path: string): { readonly parent: string; readonly name: string } | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  const name = parts.pop()
  return name === undefined ? undefined : { parent: `/${parts.join('/')}`, name }
}

type Action = { readonly kind: 'bind'; readonly source: number } | { readonly kind: 'read-only' }

/**
 * mount(8) from within a directory, so that no path is walked again. It must not resolve links by itself (-c). The descriptors
 * are handed to it as 3 and 4: /proc names processes by other numbers than this one's namespace does.
 */
function mount(directory: number, target: string, action: Action): void {
  const words =
    action.kind === 'bind' ? ['--rbind', '/proc/self/fd/4'] : ['-o', 'remount,bind,ro,nosuid,nodev']
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', 'cd /proc/self/fd/3 && exec mount -c "$@"', 'mount', ...words, target],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe', directory, action.kind === 'bind' ? action.source : 'ignore'],
    },
  )
  if (status !== 0) throw new Error(stderr.trim())
}
