import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The directory with podpath's package.json: above dist/cli/ in a package, above src/cli/ in a checkout. */
export function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, 'package.json'))) {
    const above = dirname(directory)
    if (above === directory) throw new Error('podpath is not installed as a package: package.json is missing')
    directory = above
  }
  return directory
}
