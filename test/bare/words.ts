import { parseArgs } from 'node:util'
import type { Account } from './bare-system.ts'
import { releaseNumbers, type Release } from './releases.ts'

export const usage = `npm run test:bare [-- OPTIONS]: what a newcomer does, on a Debian with nothing but git, node and npm

  --debian 12|13   this release alone (default: both)
  --root, --user   this account alone: root, or a user with a range of ids (default: both)
  --with-tests     npm test as well, which takes half an hour
  --starts N       labs one after another that must all stand (default: 5)
  --keep           the system stays until Ctrl-C, to look around in
`

/** What is asked for. */
export interface Wanted {
  readonly releases: readonly Release[]
  readonly accounts: readonly Account[]
  readonly withTests: boolean
  /** How many labs are started and taken down, one after another. */
  readonly starts: number
  readonly keep: boolean
}

/** Throws a sentence for people when the words mean nothing. */
export function readWords(words: readonly string[]): Wanted | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      debian: { type: 'string' },
      root: { type: 'boolean', default: false },
      user: { type: 'boolean', default: false },
      'with-tests': { type: 'boolean', default: false },
      starts: { type: 'string', default: '5' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const release = releaseNumbers.find((one) => String(one) === values.debian)
  if (values.debian !== undefined && release === undefined)
    throw new Error(`no Debian ${values.debian} here: there are ${releaseNumbers.join(', ')}`)
  if (!/^[1-9]\d{0,2}$/.test(values.starts))
    throw new Error(`--starts takes a number from 1 to 999, not ${values.starts}`)
  const one = values.root === values.user ? undefined : values.root ? 'root' : 'user'
  return {
    releases: release === undefined ? releaseNumbers : [release],
    accounts: one === undefined ? ['root', 'user'] : [one],
    withTests: values['with-tests'],
    starts: Number(values.starts),
    keep: values.keep,
  }
}
