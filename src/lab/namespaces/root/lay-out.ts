import { chmodSync, lchownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { guestRoot } from '../guests.ts'
import type { NamespaceRequest } from '../namespace-request.ts'
import { ownDirectories, sandboxFstab } from './root-filesystem.ts'

/** Puts a sandbox's directories and files in place, as the property of the guests' root, and its fstab beside them. */
export function layOut(request: NamespaceRequest): void {
  const { directory, base } = request.root
  mkdirSync(directory, { recursive: true })
  for (const part of ['root', 'etc', 'work', 'shm']) makeDirectory(join(directory, part))
  chmodSync(join(directory, 'shm'), 0o1777)
  const root = join(directory, 'root')
  for (const [name, mode] of ownDirectories) makeDirectory(join(root, name), mode)
  for (const { name, link } of base.programs)
    if (link === null) makeDirectory(join(root, name))
    else linkTo(link, join(root, name))
  linkTo('/run', join(root, 'var/run'))
  for (const [from, to] of request.root.binds ?? []) makeTarget(join(root, to), statSync(from).isDirectory())
  for (const { to, isFile } of request.root.volumes ?? [])
    if (isFile && !to.startsWith('/etc/')) makeTarget(join(root, to), false)
    else if (isFile) makeTarget(join(directory, to), false)
  for (const [path, text] of Object.entries(request.files)) {
    const target = placeOf(directory, path)
    makeParents(target)
    writeFileSync(target, text)
    give(target)
  }
  for (const [path, target] of Object.entries(request.links ?? {})) {
    const link = placeOf(directory, path)
    makeParents(link)
    linkTo(target, link)
  }
  writeFileSync(join(directory, 'fstab'), sandboxFstab(request.root, request.gallery?.show))
}

/** What is written into /etc before the overlay is mounted lies in its upper directory. */
const placeOf = (directory: string, path: string): string =>
  path.startsWith('/etc/') ? join(directory, path) : join(directory, 'root', path)

function makeParents(path: string): void {
  const parent = dirname(path)
  try {
    mkdirSync(parent)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') return
    if (code !== 'ENOENT') throw error
    makeParents(parent)
    mkdirSync(parent)
  }
  give(parent)
}

/** A bind mount needs something of its own kind to be mounted on. */
function makeTarget(target: string, isDirectory: boolean): void {
  makeParents(target)
  if (isDirectory) makeDirectory(target)
  else writeFileSync(target, '', { flag: 'a' })
}

function makeDirectory(path: string, mode = 0o755): void {
  makeParents(path)
  mkdirSync(path, { recursive: true })
  chmodSync(path, mode)
  give(path)
}

function linkTo(target: string, path: string): void {
  symlinkSync(target, path)
  give(path)
}

/** It is the guests' root's from now on. */
const give = (path: string): void => {
  lchownSync(path, guestRoot, guestRoot)
}
