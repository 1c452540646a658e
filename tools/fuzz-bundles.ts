/**
 * Asks the real command about bundles that are as much work as a hundred kilobytes can be: `npm run fuzz:bundles -- --seed 7
 * --seconds 600`. One that takes more than it may, or ends as the contract does not say, is printed and kept under
 * test/security/found/, whole; `--only SEED` asks about one bundle again.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { hostileBundle, type HostileBundle } from '../test/security/bundles/hostile-bundle.ts'
import { judgeBundle, writeBundle, type Judged } from '../test/security/bundles/judge.ts'

const found = 'test/security/found'

function keep(bundle: HostileBundle): string {
  const at = join(found, String(bundle.seed))
  rmSync(at, { recursive: true, force: true })
  mkdirSync(at, { recursive: true })
  writeBundle(bundle.files, at)
  return at
}

const toldOf = ({ ended: { status, seconds, megabytes } }: Judged): string =>
  `${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB, exit status ${status}`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      seconds: { type: 'string', default: '60' },
      only: { type: 'string' },
    },
  })
  const seed = Number(values.only ?? values.seed)
  const seconds = Number(values.seconds)
  if (!Number.isInteger(seed) || !(seconds > 0)) {
    console.error('usage: fuzz-bundles [--seed S] [--seconds N] [--only S]')
    return 2
  }
  const directory = mkdtempSync(join(tmpdir(), 'podpath-fuzz-'))
  const end = performance.now() + seconds * 1000
  let asked = 0
  let bad = 0
  const worst = { seconds: 0, megabytes: 0 }
  try {
    console.log(`from seed ${seed} on`)
    for (let at = seed; at === seed || (values.only === undefined && performance.now() < end); at++) {
      const bundle = hostileBundle(at)
      const judged = await judgeBundle(bundle, directory)
      asked++
      worst.seconds = Math.max(worst.seconds, judged.ended.seconds)
      worst.megabytes = Math.max(worst.megabytes, judged.ended.megabytes)
      if (judged.faults.length > 0) {
        bad++
        console.log(
          `seed ${at}: ${judged.faults.join('; ')}\n  kept: ${keep(bundle)}; ${bundle.words.join(' ')}`,
        )
      } else if (values.only !== undefined) console.log(toldOf(judged))
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  console.log(
    `${asked} bundles, ${bad} too much; at the most ${worst.seconds.toFixed(1)} s and ${worst.megabytes.toFixed(0)} MB`,
  )
  return bad === 0 ? 0 : 1
}

process.exitCode = await main()
