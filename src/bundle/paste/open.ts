import { opendir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Budget, tooMuch } from '../../edge/budget.ts'
import { BundleError, type Bundle } from '../bundle.ts'
import { bundleOfNodes } from '../derived/bundle-of-nodes.ts'
import { readPlainFile } from '../read.ts'
import { pastedNode, type PastedFile } from './pasted-node.ts'

/** A node, and the files or folders of text that are of it. */
export interface NodeFiles {
  readonly name: string
  readonly paths: readonly string[]
}

const limits = { files: 2_000, octets: 128 * 1024 * 1024 }
const mostFileOctets = 32 * 1024 * 1024

/** Nodes as people paste them, as one snapshot. Rejects with a BundleError. */
export async function openPasted(nodes: readonly NodeFiles[]): Promise<Bundle> {
  const budget = new Budget('what was given', limits)
  const read = []
  let newest = 0
  for (const { name, paths } of nodes) {
    const files: PastedFile[] = []
    for (const path of paths) {
      files.push(...(await readPasted(path, budget)))
      newest = Math.max(newest, (await stat(path)).mtimeMs)
    }
    read.push({ from: paths.join(', '), node: pastedNode(name, files) })
  }
  return bundleOfNodes(read, new Date(newest).toISOString())
}

/** A file, or every file of a folder. Links in a folder are not followed. Rejects with a BundleError. */
export async function readPasted(
  path: string,
  budget: Budget = new Budget('what was given', limits),
): Promise<readonly PastedFile[]> {
  const status = await stat(path).catch((cause: unknown) => {
    throw new BundleError('unreadable', path, cause instanceof Error ? cause.message : String(cause), {
      cause,
    })
  })
  if (!status.isDirectory())
    return [{ path, text: await readPlainFile(dirname(path), basename(path), budget, mostFileOctets) }]
  const names: string[] = []
  for await (const entry of await opendir(path)) {
    if (names.length >= limits.files)
      throw new BundleError('too-large', path, tooMuch('it', 'files', limits.files))
    if (entry.isFile() && !entry.name.startsWith('.')) names.push(entry.name)
  }
  const files: PastedFile[] = []
  for (const name of names.sort())
    files.push({ path: join(path, name), text: await readPlainFile(path, name, budget, mostFileOctets) })
  return files
}
