/**
 * Draws the pictures of docs/figures/ anew: `tsx tools/write-figures.ts [DIRECTORY]`. They are what `podpath verify`
 * measures in a lab, nothing is drawn by hand; the addresses in them are the lab's. Needs a built podpath.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Language } from '../src/i18n/language.ts'
import type { RunResult } from '../src/model/result.ts'
import { renderSvgs } from '../src/report/svg.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const directory = resolve(process.argv[2] ?? join(root, 'docs/figures'))
/** A run is a few hundred kilobytes of JSON. */
const mostOctets = 64 * 2 ** 20

function measure(language: Language): RunResult {
  const podpath = join(root, 'bin/podpath.js')
  const flags = ['verify', '--lab=figures', '--lang', language, '--json']
  const text = execFileSync(process.execPath, [podpath, ...flags], {
    encoding: 'utf8',
    maxBuffer: mostOctets,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(text) as RunResult
}

mkdirSync(directory, { recursive: true })
for (const language of ['en', 'ko'] as const) {
  for (const { name, text } of renderSvgs(measure(language), { language })) {
    const file = join(directory, `${name}${language === 'en' ? '' : `.${language}`}.svg`)
    writeFileSync(file, text)
    process.stderr.write(`${file}\n`)
  }
}
