/**
 * Draws the pictures of docs/figures/ anew: `tsx tools/write-figures.ts [DIRECTORY]`. They are what `podpath verify`
 * measures in a lab, nothing is drawn by hand; the addresses in them are the lab's. Needs a built podpath.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Language } from '../src/i18n/language.ts'
import type { RunResult } from '../src/model/result/result.ts'
import { renderSvgs } from '../src/report/svg/svg.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const directory = resolve(process.argv[2] ?? join(root, 'docs/figures'))
/** A run is a few hundred kilobytes of JSON. */
const mostOctets = 64 * 2 ** 20

const podpath = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [join(root, 'bin/podpath.js'), ...args], {
    encoding: 'utf8',
    maxBuffer: mostOctets,
    stdio: ['ignore', 'pipe', 'inherit'],
  })

/** On a lab that is up, or on one for the run. */
function draw(lab: string, language: Language, nameOf: (figure: string) => string | null): void {
  const result = JSON.parse(podpath('verify', `--lab=${lab}`, '--lang', language, '--json')) as RunResult
  for (const figure of renderSvgs(result, { language })) {
    const name = nameOf(figure.name)
    if (name === null) continue
    const file = join(directory, `${name}${language === 'en' ? '' : `.${language}`}.svg`)
    writeFileSync(file, figure.text)
    process.stderr.write(`${file}\n`)
  }
}

const languages: readonly Language[] = ['en', 'ko']
mkdirSync(directory, { recursive: true })
for (const language of languages) draw('figures', language, (name) => name)

podpath('lab', 'up', '--name', 'private-figures', '--subnets', 'private')
try {
  for (const language of languages)
    draw('private-figures', language, (name) => (name === 'pod-to-internet' ? `private-${name}` : null))
} finally {
  podpath('lab', 'down', '--name', 'private-figures')
}
