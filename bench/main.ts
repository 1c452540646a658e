/**
 * `npm run bench [-- NAMES… --write]`: measures podpath against what is there without it, in the same run. Numbers are
 * of this machine and this moment; the ratios travel better.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from './lab/bench-lab.ts'
import { compiled } from './compiled.ts'
import type * as decode from './decode.ts'
import type * as edit from './edit.ts'
import type * as forwardLab from './forward-lab.ts'
import type * as forward from './forward.ts'
import type * as matrix from './matrix.ts'
import type { BenchRow } from './row.ts'

type Bench = () => Promise<readonly BenchRow[]>

/** Each is loaded when it is asked for. */
const benches: Readonly<Record<string, Bench>> = {
  lab: async () => (await import('./lab/lab.ts')).benchLab(),
  verify: async () => (await import('./verify.ts')).benchVerify(),
  exec: async () => (await import('./exec.ts')).benchExec(),
  decode: async () => ((await compiled('decode')) as typeof decode).benchDecode(),
  capture: async () => (await import('./capture.ts')).benchCapture(),
  probe: async () => (await import('./probe.ts')).benchProbe(),
  web: async () => (await import('./web.ts')).benchWeb(),
  matrix: async () => ((await compiled('matrix')) as typeof matrix).matrixRows(),
  forward: async () => [
    ...((await compiled('forward')) as typeof forward).forwardRows(),
    ...((await compiled('edit')) as typeof edit).editRows(),
    ...(await ((await compiled('forward-lab')) as typeof forwardLab).forwardLabRows()),
  ],
}

const words = process.argv.slice(2)
const write = words.includes('--write')
const names = words.filter((word) => word !== '--write')
const unknown = names.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(', ')}: there are ${Object.keys(benches).join(', ')}\n`)
  process.exit(2)
}

const rows: BenchRow[] = []
for (const [name, bench] of Object.entries(benches)) {
  if (names.length > 0 && !names.includes(name)) continue
  process.stderr.write(`measuring ${name}\n`)
  for (const row of await bench()) {
    rows.push(row)
    process.stdout.write(`${row.name.padEnd(36)} ${valueOf(row).padStart(16)}  ${row.note}\n`)
  }
}
if (write) {
  const file = join(packageRoot, 'docs/benchmarks.md')
  writeFileSync(file, markdown(rows))
  process.stderr.write(`written to ${file}\n`)
}

function valueOf({ value, unit }: BenchRow): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${value.toLocaleString('en', { maximumFractionDigits: digits })} ${unit}`
}

function markdown(table: readonly BenchRow[]): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Linux ${release()}, Node ${process.version}`
  return [
    '# Benchmarks',
    '',
    `Made by \`npm run bench -- ${[...names, '--write'].join(' ')}\`, podpath ${version}, on ${machine}.`,
    '',
    'Ratios are of two things measured turn by turn in the same run; the middle of several runs counts, and ± is half the',
    'distance between the quickest and the slowest. Times alone are of that machine at that moment, and no promise.',
    '',
    '| what | measured | against |',
    '| --- | ---: | --- |',
    ...table.map((row) => `| ${row.name} | ${valueOf(row)} | ${row.note.replaceAll('|', '\\|')} |`),
    '',
  ].join('\n')
}
