import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'

/** Files of this machine that an attack tries to read or to change: made for one test file, and removed after it. */
export interface Markers {
  /** Directories of ours in those of the machine's that a lab does not show. */
  readonly hidden: readonly string[]
  /** One of ours below /usr, which a lab shows. */
  readonly shown: string
  /** What only its owner may read. */
  readonly secret: string
  /** Whether a file was changed, removed or put beside ours, or a socket was called. */
  readonly changed: () => readonly string[]
  readonly remove: () => void
}

/** Where a machine keeps what is nobody else's business; of each a directory that is there. */
const places = [
  ...['/etc', '/home', '/opt', '/root', '/run', '/srv', '/tmp', '/var/lib', '/var/log', '/var/tmp'],
  ...['/dev/shm', '/boot', '/'],
]

/** A group that whoever starts a lab may be in. */
export const groupOfTheirs = 54_321

const untouched = 'untouched\n'

/**
 * In each directory: `secret` (0600), `open` (everybody may write it), `pipe` (a FIFO for everybody) and `own.sock` (a socket of the
 * owner's). In the shown one also `zero` (a device file for everybody) `id` (a program that is setuid root)
 * and `group` (for one group to read).
 */
export async function makeMarkers(owner: number): Promise<Markers> {
  const secret = `secret-${randomBytes(8).toString('hex')}`
  const make = (place: string): string => mkdtempSync(join(place, 'podpath-judge-'))
  const hidden = places.map(make)
  const shown = make('/usr/local')
  const calls: string[] = []
  const servers: Server[] = []
  for (const directory of [...hidden, shown]) {
    chmodSync(directory, 0o755)
    writeFileSync(join(directory, 'secret'), `${secret}\n`, { mode: 0o600 })
    writeFileSync(join(directory, 'open'), untouched)
    chmodSync(join(directory, 'open'), 0o666)
    execFileSync('mkfifo', ['-m', '0666', join(directory, 'pipe')])
    const path = join(directory, 'own.sock')
    const server = createServer(() => calls.push(path))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    servers.push(server)
    chmodSync(path, 0o600)
    for (const name of ['', 'secret', 'open', 'pipe', 'own.sock'])
      chownSync(join(directory, name), owner, owner)
  }
  if (process.getuid?.() === 0) {
    execFileSync('mknod', ['-m', '0666', join(shown, 'zero'), 'c', '1', '5'])
    copyFileSync('/usr/bin/id', join(shown, 'id'))
    chownSync(join(shown, 'id'), 0, 0)
    chmodSync(join(shown, 'id'), 0o4755)
    writeFileSync(join(shown, 'group'), `${secret}\n`)
    chownSync(join(shown, 'group'), 0, groupOfTheirs)
    chmodSync(join(shown, 'group'), 0o640)
  }
  const listed = (directory: string): string => readdirSync(directory).join(' ')
  const before = new Map([...hidden, shown].map((directory) => [directory, listed(directory)]))
  return {
    hidden,
    shown,
    secret,
    changed: () => [
      ...[...before]
        .filter(
          ([directory, names]) =>
            listed(directory) !== names || readFileSync(join(directory, 'open'), 'utf8') !== untouched,
        )
        .map(([directory]) => directory),
      ...calls,
    ],
    remove() {
      for (const server of servers) server.close()
      for (const directory of [...hidden, shown]) rmSync(directory, { recursive: true, force: true })
    },
  }
}
