import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { packageRoot } from './lab/bench-lab.ts'

/**
 * Imports a benchmark compiled as podpath's programs are. What runs TypeScript as it stands keeps the names of
 * functions at every call, and a hot loop is then half as fast as it is for those who use podpath.
 */
export async function compiled(name: string): Promise<unknown> {
  // Beside the sources, so that what is found relative to them is found.
  const outfile = join(packageRoot, `bench/compiled-${name}-${process.pid}.mjs`)
  try {
    await build({
      entryPoints: [join(packageRoot, `bench/${name}.ts`)],
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      logLevel: 'warning',
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(outfile, { force: true })
  }
}
