import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { labDirectory } from './lab-script.ts'
import type { BaseRoot } from './root-filesystem.ts'

/** Not of programs and libraries: what every sandbox has for itself. */
const own = new Set('dev etc home lab media mnt opt proc root run srv sys tmp var'.split(' '))

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
