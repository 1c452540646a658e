import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { labDirectory } from './lab-script.ts'
import type { BaseRoot } from './root-filesystem.ts'

/** Not of programs and libraries: what every sandbox has for itself. */
const own = new Set('dev etc home lab media mnt opt proc root run srv sys tmp var'.split(' '))

const commandDirectories = ['/usr/bin', '/usr/local/bin', '/usr/local/sbin', '/usr/sbin']

/**
 * Where commands may be laid over the machine's. A container often has a program of its host's mounted into /usr/bin (`docker run -v`,
 * the tools of a GPU); the kernel gives a user namespace no copy of a directory without what is mounted below it, and so no
 * overlay of it either (fs/namespace.c, clone_private_mount).
 * @param mountinfo proc_pid_mountinfo(5)
 */
export function commandsAt(mountinfo: string, exists: (directory: string) => boolean): string {
  const points = mountinfo.split('\n').map((line) => line.split(' ')[4] ?? '')
  const free = (directory: string): boolean =>
    exists(directory) && !points.some((point) => point.startsWith(`${directory}/`))
  return commandDirectories.find(free) ?? '/usr/bin'
}

/** Reads what the lab's first script has put into the lab's root. */
export function readBaseRoot(): BaseRoot {
  const sudoPlugins = join(labDirectory, 'lib/sudo-plugins')
  return {
    programs: readdirSync('/', { withFileTypes: true })
      .filter((entry) => !own.has(entry.name))
      .map((entry) => ({
        name: entry.name,
        link: entry.isSymbolicLink() ? readlinkSync(`/${entry.name}`) : null,
      })),
    commandsAt: commandsAt(readFileSync('/proc/self/mountinfo', 'utf8'), existsSync),
    procEntries: new Set([
      ...readdirSync('/proc').filter((name) => !/^\d+$/.test(name)),
      ...readdirSync('/proc/sys').map((name) => `sys/${name}`),
    ]),
    sudoPlugins: existsSync(sudoPlugins) ? readFileSync(sudoPlugins, 'utf8').trim() : null,
    setuid: ['sudo', 'ping'].flatMap((name) => {
      const copy = join(labDirectory, 'setuid', name)
      const place = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((at) => join(at, name)).find(existsSync)
      return existsSync(copy) && place !== undefined ? [[copy, realpathSync(place)] as const] : []
    }),
  }
}
