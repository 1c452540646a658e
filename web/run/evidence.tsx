import type { Evidence } from '../../src/model/result/finding.ts'
import { place } from '../../src/report/place.ts'
import { useWords } from '../shell/words.ts'

/** What a finding or a statement rests on. */
export function EvidenceList({ evidence }: { readonly evidence: readonly Evidence[] }) {
  return (
    <ul className="plain evidence">
      {evidence.map((piece, i) => (
        <li key={i}>
          <Piece piece={piece} />
        </li>
      ))}
    </ul>
  )
}

function Piece({ piece }: { readonly piece: Evidence }) {
  const { report } = useWords().all
  switch (piece.kind) {
    case 'line':
      return (
        <>
          {place(piece.at, report)}, {piece.source}: <code>{piece.line.trim()}</code>
        </>
      )
    case 'sighting':
      return (
        <>
          {place(piece.at, report)}, {piece.interface} {report.direction[piece.direction]}:{' '}
          <code>{piece.packet}</code>
        </>
      )
    case 'missing':
      return (
        <>
          {place(piece.at, report)}, {[piece.interface ?? '', report.missing].join(' ').trim()}:{' '}
          <code>{piece.packet}</code>
        </>
      )
    case 'counter':
      return (
        <>
          {place(piece.at, report)}: <code>{piece.line}</code> {report.counter(piece.before, piece.after)}
        </>
      )
    case 'note':
      return piece.text
  }
}
