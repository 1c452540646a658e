import { useState } from 'react'
import type { PacketDetail } from '../packet/packet-index.ts'
import { useWords } from '../shell/words.ts'

/** Octets that are printed; a frame of 64 KiB is for Wireshark. */
const mostOctets = 1024
const perLine = 16

/** One packet, header by header; the octets of the layer that is looked at stand out. */
export function PacketLayers({ detail }: { readonly detail: PacketDetail }) {
  const { web } = useWords()
  const words = web.trace.packets
  const [looked, setLooked] = useState(detail.layers.length - 1)
  const layer = detail.layers[Math.min(looked, detail.layers.length - 1)]
  return (
    <div className="packet-layers" aria-live="polite">
      <h3>
        {words.layers} · {words.number} {detail.row.number + 1}
      </h3>
      <p className="mono">{detail.row.point}</p>
      {detail.row.comment === '' ? null : (
        <p>
          <strong>{words.noted}:</strong> {detail.row.comment}
        </p>
      )}
      {detail.layers.map((one, i) => (
        <details
          key={`${detail.row.number} ${i}`}
          open={i > 0}
          onToggle={() => {
            setLooked(i)
          }}
        >
          <summary>
            {one.name} <span className="quiet">{one.end - one.offset} B</span>
          </summary>
          <dl className="facts">
            {one.fields.map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <code>{value}</code>
                </dd>
              </div>
            ))}
          </dl>
        </details>
      ))}
      <h3>{words.octets}</h3>
      <pre className="octets" tabIndex={0}>
        {linesOf(detail.octets).map((line, n) => (
          <span key={n}>
            <span className="quiet">{(n * perLine).toString(16).padStart(4, '0')} </span>
            {line.map((octet, i) => {
              const at = n * perLine + i
              const text = `${octet.toString(16).padStart(2, '0')} `
              return layer && at >= layer.offset && at < layer.end ? <mark key={i}>{text}</mark> : text
            })}
            {'   '.repeat(perLine - line.length)}
            <span className="quiet">{line.map(printed).join('')}</span>
            {'\n'}
          </span>
        ))}
        {detail.octets.length > mostOctets ? `… ${detail.octets.length - mostOctets} B` : ''}
      </pre>
    </div>
  )
}

const linesOf = (octets: Uint8Array): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil(Math.min(octets.length, mostOctets) / perLine) }, (_, n) => [
    ...octets.subarray(n * perLine, (n + 1) * perLine),
  ])

const printed = (octet: number): string => (octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '·')
