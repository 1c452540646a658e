import { effectSentence } from '../../src/i18n/effects.ts'
import type { Decision, PacketView } from '../../src/model/path/path.ts'
import type { SaidWhyNot } from '../../src/model/result/result.ts'
import { place } from '../../src/report/place.ts'
import type { HopView, PlayStep } from '../../src/report/play.ts'
import { formatNanoseconds } from '../../src/report/quantity.ts'
import { Verbatim } from '../component/verbatim.tsx'
import { useWords } from '../shell/words.ts'
import { Statement } from './statements.tsx'

/** One place on the way: what came, what went, what decided, and whether it is what was predicted. */
export function StepView({ step, number }: { readonly step: PlayStep; readonly number: number }) {
  const { all, web } = useWords()
  const words = web.trace.play
  return (
    <div className="step" aria-live="polite">
      <h2>
        <span className={`way ${step.direction}`}>{words[step.direction]}</span> {number}.{' '}
        {place(step.stack, all.report)}
      </h2>
      <p className="quiet">
        {words.known[step.known]}
        {step.elapsed === null || step.elapsed <= 0
          ? ''
          : ` · ${words.after(formatNanoseconds(step.elapsed))}`}
      </p>
      {step.guilty ? (
        <div className="notice error">
          <strong>✗ {words.guilty}</strong>
          {step.guilty.lines.map((line) => (
            <div key={line}>
              <code>{line}</code>
            </div>
          ))}
        </div>
      ) : null}
      {step.rewrites.map(({ field, from, to }) => (
        <p key={field} className="rewrite">
          <span className="nat-mark">NAT</span> {words.rewrites(field, from, to)}
        </p>
      ))}
      <HopTable step={step} />
      {step.statements.length === 0 ? null : (
        <>
          <h3>{words.statements}</h3>
          <ul className="plain statements">
            {step.statements
              .flatMap(({ parts }) => parts)
              .map((check) => (
                <li key={check.id}>
                  <Statement check={check} />
                </li>
              ))}
          </ul>
        </>
      )}
      <h3>{words.decided}</h3>
      {step.decisions.length === 0 ? (
        <p className="quiet">{words.noDecisions}</p>
      ) : (
        <Decisions decisions={step.decisions} whyNot={step.whyNot} guilty={step.guilty?.lines ?? []} />
      )}
      {step.whyNot
        .filter(({ by }) => by === null)
        .map((one) => (
          <NearMisses key={one.stage} title={words.noneDecided(one.stage)} misses={one.instead} />
        ))}
    </div>
  )
}

/** What was seen, and beside it what was predicted: equal or not is said by a word and a mark, not by colour. */
function HopTable({ step }: { readonly step: PlayStep }) {
  const { all, web } = useWords()
  const words = web.trace.play
  const { hop, expected } = step
  const rows: readonly { readonly name: string; readonly of: (view: HopView) => string }[] = [
    { name: words.cameIn, of: (view) => view.in ?? '' },
    { name: words.packetIn, of: (view) => packetText(view.packetIn) },
    { name: words.wentOut, of: (view) => view.out ?? '' },
    { name: words.packetOut, of: (view) => packetText(view.packetOut) },
  ]
  const shown = rows.filter(({ of }) => of(hop) !== '' || (expected && of(expected) !== ''))
  if (shown.length === 0) return null
  return (
    <div className="scroll">
      <table className="hop stacked">
        <thead>
          <tr>
            <td />
            <th scope="col">{step.known === 'predicted' ? all.report.predicted : all.report.observed}</th>
            {expected ? <th scope="col">{all.report.predicted}</th> : null}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ name, of }) => {
            const seen = of(hop)
            const foretold = expected ? of(expected) : ''
            // Nobody could look: that is no difference.
            const compared = expected !== null && seen !== '' && foretold !== '' && step.known === 'captured'
            const same = withoutFacts(seen) === withoutFacts(foretold)
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td data-label={step.known === 'predicted' ? all.report.predicted : all.report.observed}>
                  <code>{seen}</code>
                </td>
                {expected ? (
                  <td className={compared && !same ? 'differs' : undefined} data-label={all.report.predicted}>
                    {compared ? (
                      <span className={same ? 'good' : 'bad'} title={same ? words.same : words.differs}>
                        {same ? '=' : '≠'}
                        <span className="hidden">{same ? words.same : words.differs}</span>
                      </span>
                    ) : null}{' '}
                    <code>{foretold}</code>
                  </td>
                ) : null}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** Addresses and ports first; then what a prediction may not know. */
function packetText(packet: PacketView | null): string {
  if (!packet) return ''
  const end = (address: string, port: number | undefined): string =>
    port === undefined ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const facts = [
    packet.protocol,
    ...(packet.tcpFlags === undefined ? [] : [`[${packet.tcpFlags}]`]),
    ...(packet.ttl === undefined ? [] : [`ttl ${packet.ttl}`]),
    ...(packet.mark === undefined || packet.mark === 0 ? [] : [`mark 0x${packet.mark.toString(16)}`]),
  ]
  return `${end(packet.src, packet.sourcePort)} → ${end(packet.dst, packet.destinationPort)} ${facts.join(' ')}`
}

/** Only the addresses are compared: a prediction that names no port or TTL has not erred. */
const withoutFacts = (text: string): string =>
  text
    .split(' ')
    .slice(0, 3)
    .map((word) => word.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1').replace(/^\[(.*)\]:\d+$/, '$1'))
    .join(' ')

interface Group {
  readonly stage: Decision['stage']
  readonly decisions: readonly Decision[]
}

/** The lines in the order in which the kernel came by them; what follows one another at one stage stands together. */
function Decisions(props: {
  readonly decisions: readonly Decision[]
  readonly whyNot: readonly SaidWhyNot[]
  readonly guilty: readonly string[]
}) {
  const { language, web } = useWords()
  const { stages } = web.trace
  const groups = props.decisions.reduce<readonly Group[]>((done, decision) => {
    const last = done.at(-1)
    return last?.stage === decision.stage
      ? [...done.slice(0, -1), { ...last, decisions: [...last.decisions, decision] }]
      : [...done, { stage: decision.stage, decisions: [decision] }]
  }, [])
  const explained = new Set<string>()
  return (
    <ol className="plain decisions">
      {groups.map(({ stage, decisions }, i) => {
        const first = !explained.has(stage)
        explained.add(stage)
        return (
          <li key={i}>
            <h4>{stages[stage].name}</h4>
            {first ? <p className="quiet">{stages[stage].meaning}</p> : null}
            {decisions.map((decision, n) => (
              <div key={n} className={props.guilty.includes(decision.by) ? 'line guilty' : 'line'}>
                <code>
                  <Verbatim text={decision.by} />
                </code>
                <span className="effect">→ {effectSentence(language, decision.effect)}</span>
                {props.whyNot
                  .filter((one) => one.by === decision.by && one.stage === decision.stage)
                  .map((one, at) => (
                    <NearMisses key={at} title={web.trace.play.whyNot} misses={one.instead} />
                  ))}
              </div>
            ))}
          </li>
        )
      })}
    </ol>
  )
}

/** The lines that almost decided, the nearest first, each with what it lacked. */
function NearMisses(props: { readonly title: string; readonly misses: SaidWhyNot['instead'] }) {
  return (
    <details className="near">
      <summary>{props.title}</summary>
      <ul className="plain">
        {props.misses.map((miss, i) => (
          <li key={i}>
            <span className="quiet">{miss.place}</span>{' '}
            <code>
              <Verbatim text={miss.by} />
            </code>
            <span className="effect">✕ {miss.because}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
