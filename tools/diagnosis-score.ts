/**
 * How good a diagnosis is, on real labs: every fault of `lab break` in every mode, asked by every command, its cure pasted.
 * `npm run score [-- MODE… | FAULT…]`. What has been asked is kept, so that a run that was ended goes on where it was;
 * `--page` writes docs/diagnosis-score.md from what is kept and asks nothing. Needs root and a built podpath.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { faultCodes, type FaultCode } from '../src/model/lab/fault.ts'
import type { FaultRecord } from './score/answer.ts'
import { askFault } from './score/ask-fault.ts'
import { modes, type Mode } from './score/modes.ts'
import { scorePage } from './score/score-page.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const kept = process.env['PODPATH_SCORE'] ?? join(root, 'node_modules/.cache/score')
mkdirSync(kept, { recursive: true })

const words = process.argv.slice(2)
const isMode = (word: string): word is Mode => Object.hasOwn(modes, word)
const isFault = (word: string): word is FaultCode => (faultCodes as readonly string[]).includes(word)
const unknown = words.filter(
  (word) => !isMode(word) && !isFault(word) && !['--page', '--again'].includes(word),
)
if (unknown.length > 0) throw new Error(`no mode and no fault: ${unknown.join(' ')}`)

const wanted = words.some(isMode) ? words.filter(isMode) : (Object.keys(modes) as readonly Mode[])
const named = words.some(isFault) ? words.filter(isFault) : faultCodes
const program = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()

const fileOf = (mode: Mode, fault: FaultCode): string =>
  join(kept, `${mode.replaceAll(' ', '-')}.${fault}.json`)

if (!words.includes('--page'))
  for (const mode of wanted)
    for (const fault of named) {
      const file = fileOf(mode, fault)
      if (existsSync(file) && !words.includes('--again')) continue
      const began = performance.now()
      try {
        const record = await askFault(mode, fault, program)
        writeFileSync(file, JSON.stringify(record, null, 1))
        process.stderr.write(`${mode} ${fault}: ${Math.round((performance.now() - began) / 1000)} s\n`)
      } catch (error) {
        // One that could not be asked is asked again by the next run.
        process.stderr.write(`${mode} ${fault}: ${error instanceof Error ? error.message : String(error)}\n`)
      }
    }

const records = readdirSync(kept)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(kept, file), 'utf8')) as FaultRecord)
writeFileSync(join(root, 'docs/diagnosis-score.md'), scorePage(records))
