import { requirements } from '../../src/lab/requirements/requirement.ts'
import type { BareSystem } from './bare-system.ts'
import type { StepResult } from './run-step.ts'
import { stepLimit } from './step.ts'

/** What types the commands needs (sh), and what tells at the end which packages came. */
const harness = ['dash', 'apt', 'dpkg']

const dependencies = [
  ...['--recurse', '--installed', '--no-recommends', '--no-suggests', '--no-conflicts', '--no-breaks'],
  ...['--no-replaces', '--no-enhances'],
].join(' ')

const directories = ['/usr/bin', '/usr/sbin']

/**
 * Takes every program out of the system that is of no package of the list, nor of one that such a package depends on. So
 * what ends well after it does so by what the list names, whatever Debian's minimum happens to have besides.
 */
export async function removeUnnamed(system: BareSystem): Promise<StepResult> {
  const began = performance.now()
  const asRoot = async (line: string): Promise<readonly string[]> => {
    const { exit, written } = await system.run(line, { as: 'root', limit: stepLimit })
    if (exit !== 0) throw new Error(`${line}: exit status ${exit}: ${written}`)
    return written.split('\n').filter((text) => text !== '')
  }
  const named = requirements.filter(({ need }) => need !== 'test').flatMap(({ packages }) => packages.debian)
  const installed = new Set(await asRoot(`dpkg-query --show --showformat '\${Package}\\n'`))
  const wanted = [...named, ...harness].filter((name) => installed.has(name))
  const packages = (await asRoot(`apt-cache depends ${dependencies} ${wanted.join(' ')}`))
    .filter((line) => /^[a-z0-9]/.test(line))
    .map((line) => line.replace(/:.*/, ''))
    .filter((name) => installed.has(name))
  // Debian 12 keeps in its lists what is in /bin on the disk of a merged /usr.
  const kept = new Set(
    (await asRoot(`dpkg --listfiles ${[...new Set([...wanted, ...packages])].join(' ')}`)).map((path) =>
      path.replace(/^\/(s?bin\/)/, '/usr/$1'),
    ),
  )
  const programs = await asRoot(`find ${directories.join(' ')} -mindepth 1 -maxdepth 1`)
  // What an alternative leads to is of a package, the link is of none (update-alternatives(1)).
  const places = await asRoot(`readlink --canonicalize ${programs.join(' ')}`)
  const unnamed = programs.filter((path, i) => !kept.has(path) && !kept.has(places[i] ?? ''))
  await asRoot(`rm ${unnamed.join(' ')}`)
  return {
    step: {
      command: 'rm PROGRAMS',
      because: 'what the list of requirements does not name is not there from here on',
      shows: [],
    },
    written: `${unnamed.length} of ${programs.length}: ${unnamed.join(' ')}\n`,
    milliseconds: performance.now() - began,
    faults: unnamed.length === 0 ? ['there was nothing to take out'] : [],
  }
}
