import { catalogue } from '../i18n/catalogues.ts'
import type { Language } from '../i18n/language.ts'
import type { Check, RunResult, TraceResult } from '../model/result/result.ts'
import { cleanAll } from '../edge/clean.ts'
import { flowIsGood } from './summary.ts'

/** The result as JUnit XML, for CI systems: a suite for each experiment, one for the flows, one for the findings. */
export function renderJunit(result: RunResult, language: Language): string {
  const words = catalogue(language).report
  const run = cleanAll(result)
  const flows: readonly Case[] = run.traces.map((trace) => ({
    name: flowName(trace),
    state: stateOf(flowIsGood(trace)),
    message: [trace.probe?.error, trace.observed?.stoppedAt].filter((part) => part != null).join(' '),
  }))
  const suites: readonly Suite[] = [
    { name: words.flow, cases: flows },
    ...run.experiments
      .filter((experiment) => experiment.checks.length > 0)
      .map((experiment) => ({ name: experiment.title, cases: experiment.checks.map(caseOf) })),
    ...(run.findings.length === 0
      ? []
      : [
          {
            name: words.findings,
            cases: run.findings.map((finding): Case => ({
              name: `${finding.message} (${finding.code})`,
              state: finding.severity === 'error' ? 'failed' : 'passed',
              message: [finding.message, finding.by, finding.remedy]
                .filter((part) => part !== null)
                .join('\n'),
            })),
          },
        ]),
  ]
  const all = suites.flatMap((suite) => suite.cases)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="podpath" ${counts(all)} time="${(run.durationMs / 1000).toFixed(3)}">`,
    ...suites.flatMap((suite) => [
      `  <testsuite name=${attribute(suite.name)} ${counts(suite.cases)} timestamp=${attribute(run.startedAt)}>`,
      ...suite.cases.map((one) => testcase(suite.name, one)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n')
}

interface Case {
  readonly name: string
  readonly state: Check['state']
  readonly message: string
}

interface Suite {
  readonly name: string
  readonly cases: readonly Case[]
}

const flowName = ({ from, to }: TraceResult): string => `${from.name} → ${to.name}`

const stateOf = (good: boolean | null): Check['state'] =>
  good === null ? 'unknown' : good ? 'passed' : 'failed'

const caseOf = (check: Check): Case => ({
  name: `${check.id} ${check.statement}`,
  state: check.state,
  message: [check.at, check.reason].filter((part) => part !== null && part !== '').join(': '),
})

const counts = (cases: readonly Case[]): string =>
  `tests="${cases.length}" failures="${cases.filter((one) => one.state === 'failed').length}" errors="0" skipped="${cases.filter((one) => one.state === 'unknown').length}"`

function testcase(suite: string, { name, state, message }: Case): string {
  const open = `    <testcase classname=${attribute(suite)} name=${attribute(name)}`
  switch (state) {
    case 'passed':
      return `${open}/>`
    case 'failed':
      return `${open}><failure message=${attribute(message)}/></testcase>`
    case 'unknown':
      return `${open}><skipped message=${attribute(message)}/></testcase>`
  }
}

/** XML 1.0, section 2.3; characters that XML has no place for are gone already, but for U+FFFE and U+FFFF. */
const attribute = (text: string): string =>
  `"${text
    .replace(/[\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')}"`
