/** The records of a score as a page. Pure. */
import { faultCodes, faultRooms, type FaultCode, type FaultRoom } from '../../src/model/lab/fault.ts'
import type { Answer, FaultRecord } from './answer.ts'
import { modes, type Mode } from './modes.ts'
import { reasons, truth } from './truth.ts'

interface Points {
  readonly got: number
  readonly of: number
}

const sum = (points: readonly Points[]): Points => ({
  got: points.reduce((all, { got }) => all + got, 0),
  of: points.reduce((all, { of }) => all + of, 0),
})
const count = <T>(list: readonly T[], holds: (one: T) => boolean): Points => ({
  got: list.filter(holds).length,
  of: list.length,
})

const isNamed = (fault: FaultCode, { accused }: Answer): boolean =>
  accused.some(({ code }) => (truth[fault] as readonly string[]).includes(code))
const accusesMore = (fault: FaultCode, { accused }: Answer): boolean =>
  accused.some(({ code }) => !(truth[fault] as readonly string[]).includes(code))

/** What is asked by itself, and the other way round, may be hurt by the fault or not: where nothing failed there is nothing to name. */
const concerns = ({ direction, status }: Answer): boolean => direction === 'there' || status !== 0

const isAt = (record: FaultRecord, { accused }: Answer): boolean =>
  accused.some(
    ({ code, at }) =>
      (truth[record.fault] as readonly string[]).includes(code) &&
      placeOf(record).some((one) => at.startsWith(one)),
  )

/** Objects of Kubernetes and settings are in force on every node: any of them may be named. */
function placeOf({ fault, node, pod }: FaultRecord): readonly string[] {
  const has = (room: FaultRoom): boolean => (faultRooms[room] as readonly FaultCode[]).includes(fault)
  if (has('vpc')) return ['vpc/', 'igw/', 'nat/']
  if (has('pod')) return [`pod/${pod}`]
  return has('settings') || has('kubernetes') ? [''] : [`node/${node}`]
}

function pointsOf(record: FaultRecord) {
  const { fault, answers, cure } = record
  const asked = answers.filter(concerns)
  return {
    detected: count(asked, ({ status }) => status === 1),
    located: count(asked, (answer) => isAt(record, answer)),
    named: count(asked, (answer) => isNamed(fault, answer)),
    alone: count(answers, (answer) => !accusesMore(fault, answer)),
    cure: { got: cure?.mends === true ? 1 : 0, of: 1 },
  }
}

const columns = ['detected', 'located', 'named', 'cure', 'alone'] as const
const heads = ['detected', 'located', 'cause named', 'cure mends', 'nothing else accused'] as const

const share = ({ got, of }: Points): string => `${got} of ${of}`
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

export function scorePage(records: readonly FaultRecord[]): string {
  const names = Object.keys(modes) as readonly Mode[]
  const possible = records.filter(({ impossible }) => impossible === null)
  const kernels = [...new Set(records.map(({ kernel }) => kernel))].join(', ')
  const whole = names.map((mode) => {
    const of = records.filter((record) => record.mode === mode).length
    return `${mode}: ${of === 0 ? 'not run' : of === faultCodes.length ? `all ${of} faults` : `${of} of ${faultCodes.length} faults`}`
  })
  const lines = [
    '# How good the diagnosis is',
    '',
    '<!-- Written by tools/diagnosis-score.ts from real labs; not by hand. -->',
    '',
    'Each fault of `podpath lab break` was done to a lab of its own, and then asked about: `trace` and `verify` on the lab, `explain` and',
    '`diagnose` on the lab and on a snapshot of it, `matrix` on the snapshot; the flow that shows it, and a ping the other way round where',
    'somebody of the cluster is there to send it. The first cause of the first answer was pasted as it was printed, and the flow traced again.',
    'What is asked without naming the flow, or the other way round, counts where it fails.',
    '',
    `Kernel ${kernels}. Modes: ${whole.join('; ')}. \`npm run score\` goes on where it was ended.`,
    '',
    row(['mode', 'faults', ...heads]),
    row(['---', '---', ...heads.map(() => '---')]),
    ...names.flatMap((mode) => {
      const points = possible.filter((record) => record.mode === mode).map(pointsOf)
      return points.length === 0
        ? []
        : [
            row([
              mode,
              String(points.length),
              ...columns.map((name) => share(sum(points.map((one) => one[name])))),
            ]),
          ]
    }),
    '',
  ]
  for (const mode of names) {
    const ofMode = possible.filter((record) => record.mode === mode)
    if (ofMode.length === 0) continue
    lines.push(
      `## ${mode}`,
      '',
      row(['fault', 'is', ...heads]),
      row(['---', '---', ...heads.map(() => '---')]),
      ...faultCodes.flatMap((fault) =>
        ofMode
          .filter((record) => record.fault === fault)
          .map((record) => {
            const points = pointsOf(record)
            const codes = truth[fault].map((code) => `\`${code}\``).join(', ')
            return row([`\`${fault}\``, codes, ...columns.map((name) => share(points[name]))])
          }),
      ),
      '',
    )
    const lacking = ofMode.filter((record) => Object.values(pointsOf(record)).some(({ got, of }) => got < of))
    if (lacking.length === 0) continue
    lines.push(
      'Less than all, and why:',
      '',
      ...lacking.map((record) => `- \`${record.fault}\`: ${reasons[record.fault] ?? missed(record)}.`),
      '',
    )
  }
  return `${lines.join('\n').trimEnd()}\n`
}

/** What was said instead, where nobody has written why. */
function missed({ fault, answers, cure }: FaultRecord): string {
  const said = answers
    .filter((answer) => (concerns(answer) && !isNamed(fault, answer)) || accusesMore(fault, answer))
    .map(({ command, source, direction, accused, trouble }) => {
      const codes = accused.map(({ code }) => code).join(', ')
      const what = codes !== '' ? codes : trouble === null ? 'nothing' : 'an error of its own'
      return `\`${command}\` (${source}${direction === 'none' ? '' : `, ${direction}`}) said ${what}`
    })
  const pasted =
    cure === null
      ? ['no command was printed']
      : cure.mends
        ? []
        : [cure.failed === null ? 'what was pasted did not mend it' : 'what was pasted failed']
  return `owed, not yet looked into: ${[...new Set([...said, ...pasted])].join('; ')}`
}
