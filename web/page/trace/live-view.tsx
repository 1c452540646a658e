import { place } from '../../../src/report/place.ts'
import { formatNanoseconds } from '../../../src/report/quantity.ts'
import { clean } from '../../../src/edge/clean.ts'
import { Notice } from '../../component/notice.tsx'
import { useWords } from '../../shell/words.ts'
import type { LiveTrace } from './live-trace.ts'

/** What a running trace does now and where its packet was seen; of an ended one, how it ended without a result. */
export function LiveView({ live }: { readonly live: LiveTrace }) {
  const { all, web } = useWords()
  const words = web.trace
  return (
    <>
      {live.state === 'running' ? (
        <section className="card live" aria-label={words.running}>
          <p className="now" role="status">
            <span className="spinner" aria-hidden="true" />
            {live.progress.at(-1) ?? words.running}
          </p>
          <ol className="earlier quiet">
            {live.progress.slice(0, -1).map((line, i) => (
              <li key={i}>{line}</li>
            ))}
          </ol>
          {live.hops.length === 0 ? null : (
            <>
              <h2>{words.hopsSeen}</h2>
              <ol className="hops">
                {live.hops.map((hop, i) => (
                  <li key={i} className={hop.direction === 'forward' ? 'request' : 'reply'}>
                    <span aria-hidden="true">{hop.direction === 'forward' ? '→' : '←'}</span>
                    <span>{place(hop.stack, all.report)}</span>
                    <code>
                      {clean(hop.interface)} {hop.way === 'unknown' ? '' : all.report.direction[hop.way]}
                    </code>
                    <code>
                      {hop.packet.src} → {hop.packet.dst}
                    </code>
                    {hop.after === null ? null : (
                      <span className="quiet">+{formatNanoseconds(hop.after)}</span>
                    )}
                  </li>
                ))}
              </ol>
            </>
          )}
        </section>
      ) : null}
      {live.state === 'failed' ? (
        <Notice kind="error" title={words.failed}>
          {live.failure}
        </Notice>
      ) : null}
      {live.state === 'cancelled' ? <Notice kind="info" title={words.cancelled} /> : null}
      {live.warnings.map((text, i) => (
        <Notice key={i} kind="warning" title={words.warning}>
          {text}
        </Notice>
      ))}
    </>
  )
}
