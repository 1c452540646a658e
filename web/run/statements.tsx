import type { Check } from '../../src/model/result/result.ts'
import { place } from '../../src/report/place.ts'
import { numberOf } from '../../src/report/summary.ts'
import { useWords } from '../shell/words.ts'
import { EvidenceList } from './evidence.tsx'

const signs = { passed: '✓', failed: '✗', unknown: '?' } as const
const looks = { passed: 'good', failed: 'bad', unknown: 'doubt' } as const

/** The tutorial's statements, each with what it was held against. */
export function Statements({ checks }: { readonly checks: readonly Check[] }) {
  const { report } = useWords().all
  return (
    <section className="card" aria-label={report.statements}>
      <h2>{report.statements}</h2>
      <ol className="plain statements">
        {checks.map((check) => (
          <li key={check.id}>
            <Statement check={check} />
          </li>
        ))}
      </ol>
    </section>
  )
}

export function Statement({ check }: { readonly check: Check }) {
  const { report } = useWords().all
  const look = looks[check.state]
  const head = (
    <>
      <span className={`sign ${look}`} title={report.state[check.state]}>
        {signs[check.state]}
        <span className="hidden">{report.state[check.state]}</span>
      </span>{' '}
      <strong>{numberOf(check)}</strong> {check.statement}
    </>
  )
  const reason =
    check.reason === '' ? null : (
      <p className={look}>
        {check.at === null ? '' : `${place(check.at, report)}: `}
        {check.reason}
      </p>
    )
  return check.evidence.length === 0 ? (
    <>
      {head}
      {reason}
    </>
  ) : (
    <details open={check.state !== 'passed'}>
      <summary>{head}</summary>
      {reason}
      <EvidenceList evidence={check.evidence} />
    </details>
  )
}
