import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { labDirectory } from './lab-script.ts'

/**
 * A mount namespace in which the root of every node is seen, for the sandboxes that mount something of a node: a mount
 * can be taken only from where it is seen. Everybody else is spared the sight.
 */
export interface Gallery {
  /** A process that does nothing but hold it. */
  readonly pid: number
  /** Settles when that process has ended. */
  readonly ended: Promise<void>
  /** Where a node's root is seen in it. */
  pathOf(node: string): string
}

const script = `
mount --bind "$1" "$1"
mount --make-shared "$1"
echo ready
exec env --ignore-signal=CHLD sleep infinity
`

/** Opens it; nodes are shown in it as they are made. */
export async function openGallery(): Promise<Gallery> {
  const directory = join(labDirectory, 'nodes')
  const child = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-ec', script, 'podpath-gallery', directory],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error('the gallery of the nodes’ files could not be opened')))
    child.stdout.once('data', () => {
      child.stdout.destroy()
      resolve()
    })
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the process of the gallery has no pid')
  return { pid, ended, pathOf: (node) => join(directory, node) }
}
