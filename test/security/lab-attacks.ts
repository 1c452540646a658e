import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { attackedLab, footholds, ways, whyNot, type AttackedLab, type StartOptions } from './lab-footholds.ts'
import { makeMarkers, type Markers } from './lab-markers.ts'

/** Something that must not succeed inside a lab. */
export interface Attack {
  readonly name: string
  readonly because: string
  /** For sh. It succeeds when it says TAKEN or the secret, or when a marker was changed. */
  readonly script: (markers: Markers) => string
  /**
   * Why it is not tried on this machine itself, where it has to succeed; otherwise a mistake in the script could pass for
   * a wall. Only for what would do harm there, or cannot be there.
   */
  readonly withoutControl?: string
}

const named = (attacks: readonly Attack[]): [string, Attack][] =>
  attacks.map((attack) => [attack.name, attack])

/** Whether it had success, and by what it is seen. */
const spoils = (output: string, markers: Markers): readonly string[] => [
  ...(output.includes('TAKEN') ? [output] : []),
  ...(output.includes(markers.secret) ? ['the secret was read'] : []),
  ...markers.changed().map((path) => `changed: ${path}`),
]

/** Said by a script that went through to its end: one that was cut short has tried nothing. */
const through = 'THROUGH'
const toTheEnd = (script: string): string => `${script}\necho ${through}`

/** Root on the machine itself, in as few namespaces as are needed for what is tried to be harmless. */
function onMachine(script: string, before: string): string {
  const words = [
    ...['--mount', '--propagation', 'private'],
    ...['bash', '-c', `${before}\nexec "$@"`, 'start', 'sh', '-c', `exec 2>&1\n${toTheEnd(script)}`],
  ]
  const { stdout, error } = spawnSync('unshare', words, {
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  })
  if (error) throw error
  return stdout
}

/**
 * Tries every attack from every foothold in a lab that root started and in one that a user started, and on the machine
 * itself, where it must succeed. `more` adds tests of the same two labs.
 */
export function tryAttacks(
  attacks: readonly Attack[],
  start: StartOptions | ((markers: Markers) => StartOptions),
  more?: (lab: () => AttackedLab, markers: () => Markers) => void,
): void {
  const isRoot = process.getuid?.() === 0
  const startOf = (markers: Markers): StartOptions => (typeof start === 'function' ? start(markers) : start)
  describe('on the machine itself', () => {
    let markers: Markers
    beforeEach(async ({ skip }) => {
      skip(!isRoot, 'what only root can do outside of a lab')
      markers = await makeMarkers(0)
      return () => {
        markers.remove()
      }
    })
    test.each(named(attacks.filter((attack) => attack.withoutControl === undefined)))(
      '%s succeeds',
      async (_, { script }) => {
        const output = onMachine(script(markers), startOf(markers).before ?? '')
        // A caller is heard of a turn later.
        await new Promise((resolve) => setImmediate(resolve))
        expect(spoils(output, markers), output).not.toEqual([])
      },
    )
  })

  describe.each(ways)('a lab that %s started', (way) => {
    let lab: AttackedLab
    let markers: Markers
    beforeAll(async () => {
      if (whyNot(way) !== undefined) return
      markers = await makeMarkers(way === 'root' ? 0 : 12_345)
      lab = await attackedLab(way, startOf(markers))
    })
    beforeEach(({ skip }) => {
      skip(whyNot(way) !== undefined, whyNot(way))
    })
    afterAll(async () => {
      markers?.remove()
      await lab?.down()
    })

    describe.each(footholds)('from %s', (foothold) => {
      beforeEach(({ skip }) => {
        const why = lab.without(foothold)
        skip(why !== undefined, why)
      })
      test.each(named(attacks))('%s does not', async (_, { script, because }) => {
        const output = await lab.from(foothold, toTheEnd(script(markers)))
        expect(output).toContain(through)
        expect(spoils(output, markers), because).toEqual([])
      })
    })

    more?.(
      () => lab,
      () => markers,
    )
  })
}
