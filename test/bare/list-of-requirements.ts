import { requirements } from '../../src/lab/requirements/requirement.ts'
import type { BareSystem } from './bare-system.ts'
import type { StepResult } from './run-step.ts'

/** Milliseconds. */
const limit = 60_000

/** The packages that somebody asked for, in place of those that came with them. */
async function asked(system: BareSystem): Promise<readonly string[]> {
  const { exit, written } = await system.run('apt-mark showmanual', { as: 'root', limit })
  if (exit !== 0) throw new Error(`apt-mark showmanual: exit status ${exit}: ${written}`)
  return written.split('\n').filter((name) => name !== '')
}

/**
 * Looks at what is installed now; the answer looks again, and holds what has come since against the list of requirements.
 * So a command that ends well does so with what the list names and no more.
 */
export async function watchInstalled(
  system: BareSystem,
  needs: readonly ('demo' | 'lab' | 'test')[],
): Promise<() => Promise<StepResult>> {
  const before = await asked(system)
  const named = new Set(
    requirements.filter(({ need }) => needs.includes(need)).flatMap(({ packages }) => packages.debian),
  )
  return async () => {
    const began = performance.now()
    const came = (await asked(system)).filter((name) => !before.includes(name))
    const unnamed = came.filter((name) => !named.has(name))
    return {
      step: {
        command: 'apt-mark showmanual',
        because: 'what the list of requirements does not name is not there',
        shows: [],
      },
      written: `${came.join(' ')}\n`,
      milliseconds: performance.now() - began,
      faults: [
        ...unnamed.map((name) => `${name} was installed, and the list of requirements does not name it`),
        ...(came.length === 0 ? ['nothing was installed'] : []),
      ],
    }
  }
}
