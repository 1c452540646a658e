import type { Finding } from '../../src/model/result/finding.ts'
import { place } from '../../src/report/place.ts'
import { useWords } from '../shell/words.ts'
import { EvidenceList } from './evidence.tsx'

/** What is wrong, where, by which line, and what to do. */
export function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const { report } = useWords().all
  if (findings.length === 0) return null
  return (
    <section aria-label={report.findings} className="findings">
      {findings.map((finding, i) => (
        <div
          key={i}
          className={`notice ${finding.severity}`}
          role={finding.severity === 'error' ? 'alert' : undefined}
        >
          <h2>{finding.message}</h2>
          <p className="quiet">
            {report.severity[finding.severity]}, <code>{finding.code}</code>
          </p>
          <dl className="facts">
            <dt>{report.where}</dt>
            <dd>{place(finding.at, report)}</dd>
            {finding.by === null ? null : (
              <>
                <dt>{report.line}</dt>
                <dd>
                  <code>{finding.by}</code>
                </dd>
              </>
            )}
            <dt>{report.remedy}</dt>
            <dd>{finding.remedy}</dd>
          </dl>
          {finding.evidence.length === 0 ? null : (
            <details>
              <summary>{report.evidence}</summary>
              <EvidenceList evidence={finding.evidence} />
            </details>
          )}
        </div>
      ))}
    </section>
  )
}
