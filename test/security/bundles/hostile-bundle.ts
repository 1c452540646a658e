/** Bundles that a kernel or a cluster could have printed, made to be as much work as their size allows. */
import { randomFrom, type Random } from '../../forward/random.ts'
import { archivedNode, archiveOf } from './archive.ts'
import { cloudPieces, plainVpc } from './cloud-pieces.ts'
import { db, filesOf, octetsOf, plainDraft, web, type Draft } from './draft.ts'
import { filterPieces } from './filter-pieces.ts'
import { nftPieces } from './nft-pieces.ts'
import { fabricPieces, routingPieces } from './routing-pieces.ts'

export interface HostileBundle {
  readonly seed: number
  /** Path inside the bundle → text. */
  readonly files: ReadonlyMap<string, string>
  /** The words of the command, `--bundle` and `--flows` aside. */
  readonly words: readonly string[]
  /** The text of the file of flows that is asked about, each of which may take as long as a bundle; null where the words name one. */
  readonly flows: string | null
}

/** How many flows are asked about at once. */
export const flowsAtOnce = 3

/** Octets of all files together. */
export const mostOctets = 100_000

/** The same seed gives the same bundle. */
export function hostileBundle(seed: number, most = mostOctets): HostileBundle {
  // What turns out too large is made again, smaller.
  for (let scale = 1; ; scale *= 0.7) {
    const random = randomFrom(seed)
    const draft = made(random, scale)
    const archived = random.chance(0.15)
    const files = archived ? archiveOf(draft) : filesOf(draft)
    if (octetsOf(files) > most) continue
    if (random.chance(0.15)) return { seed, files, words: ['explain'], flows: manyFlows(random, archived) }
    return { seed, files, words: archived ? archiveQuestion(random) : question(random), flows: null }
  }
}

function made(random: Random, scale: number): Draft {
  const behindVpc = random.chance(0.3)
  const draft = plainDraft(behindVpc)
  if (behindVpc) plainVpc(draft)
  // Few pieces that are large, seldom many small ones: what multiplies is then as large as it can be.
  const pieces = 1 + random.int(random.chance(0.7) ? 3 : 8)
  for (let i = 0; i < pieces; i++) {
    const size = Math.max(1, Math.round(scale * 2 ** (3 + random() * 9)))
    const kind = random()
    const stack = random.chance(0.7) ? draft.stacks.find(({ id }) => id.startsWith('node/')) : undefined
    const at = stack ?? random.of(draft.stacks)
    if (kind < 0.35) random.of(filterPieces)(at, size, random)
    else if (kind < 0.55) random.of(nftPieces)(at, size, random)
    else if (kind < 0.75) random.of(routingPieces)(at, size, random)
    else if (kind < 0.87) random.of(fabricPieces)(draft, size, random)
    else random.of(cloudPieces)(draft, size, random)
  }
  return draft
}

/** Of an archive only the node is there; whoever else is written to is an address. */
const sources = (archived: boolean): readonly string[] =>
  archived ? [archivedNode, '10.0.0.2'] : [web, '10.0.0.1']
const targets = ['10.1.0.2', '10.0.0.1', '8.8.8.8'] as const

/** Flows as `--flows` takes them, one on a line. */
const manyFlows = (random: Random, archived: boolean): string =>
  Array.from({ length: flowsAtOnce }, () =>
    JSON.stringify({
      from: random.of(sources(archived)),
      to: random.of(targets),
      ...random.of([{ protocol: 'tcp', port: 80 }, { protocol: 'udp', port: 53 }, {}]),
    }),
  )
    .map((line) => `${line}\n`)
    .join('')

const archiveQuestion = (random: Random): readonly string[] => [
  ...['explain', '--from', random.of(sources(true)), '--to', random.of(targets)],
  ...random.of([
    ['--protocol', 'tcp', '--port', '80'],
    ['--protocol', 'icmp'],
  ]),
  ...random.of([['--json'], ['--output', 'text'], ['--output', 'html']]),
  ...(random.chance(0.2) ? ['--why-not'] : []),
]

function question(random: Random): readonly string[] {
  const flow = [
    ...random.of([
      ['--protocol', 'tcp', '--port', '80'],
      ['--protocol', 'udp', '--port', '53'],
      ['--protocol', 'icmp'],
    ]),
  ]
  const source = random.chance(0.3) && flow.length > 2 ? ['--source-port', '40000'] : []
  const output = random.of([['--json'], ['--json'], ['--output', 'text'], ['--output', 'markdown']])
  if (random.chance(0.2)) return ['matrix', ...flow, ...output]
  const why = random.chance(0.2) ? ['--why-not'] : []
  if (random.chance(0.15)) return ['diagnose', ...output]
  if (random.chance(0.1)) output.splice(0, 2, '--output', random.of(['html', 'svg', 'junit']))
  return [
    'explain',
    '--from',
    web,
    '--to',
    random.of([db, '10.1.0.2']),
    ...flow,
    ...source,
    ...output,
    ...why,
  ]
}
