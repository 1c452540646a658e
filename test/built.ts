import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { checkout } from './lab/podpath.ts'

/**
 * The tests of a kernel run the program as users have it. It is built, when a source is younger than the build, once before all files: several
 * that run at a time must not build it at once.
 */
export function setup(project: TestProject): void {
  build()
  project.onTestsRerun(build)
}

function build(): void {
  const { status, stderr } = spawnSync('sh', ['tools/setup.sh', 'test'], { cwd: checkout, encoding: 'utf8' })
  if (status !== 0) throw new Error(`tools/setup.sh failed: ${stderr}`)
}
