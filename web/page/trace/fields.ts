import { probeProtocols, type TraceRequest } from '../../../src/server/contract/trace.ts'

/** What the page asks for; the reader's language is added when it is sent. */
export type Wanted = Omit<TraceRequest, 'language'>

/** The form as it stands, typed but not yet understood. */
export interface Fields {
  readonly from: string
  readonly to: string
  readonly protocol: TraceRequest['protocol']
  /** Empty: the usual one. */
  readonly port: string
  readonly count: string
  readonly predict: boolean
}

/** The form as an address has it. */
export const fieldsOf = (query: URLSearchParams): Fields => ({
  from: query.get('from') ?? '',
  to: query.get('to') ?? '',
  protocol: probeProtocols.find((one) => one === query.get('protocol')) ?? 'icmp',
  port: query.get('port') ?? '',
  count: query.get('count') ?? '1',
  predict: query.get('predict') !== null,
})

/** The tutorial's last packet, ready to be sent: what one most likely wants to see. What somebody typed stays. */
export const withUsualEndpoints = (
  fields: Fields,
  from: string | undefined,
  to: string | undefined,
): Fields =>
  from !== undefined && fields.from === '' && fields.to === '' ? { ...fields, from, to: to ?? '' } : fields

/** Null: an end is missing. `live`: there is a cluster that a packet can be sent in. */
export function wantedOf(fields: Fields, live: boolean): Wanted | null {
  const from = fields.from.trim()
  const to = fields.to.trim()
  if (from === '' || to === '') return null
  const port = fields.protocol === 'icmp' ? undefined : whole(fields.port, 65_535)
  return {
    from,
    to,
    protocol: fields.protocol,
    ...(port === undefined ? {} : { port }),
    count: whole(fields.count, 100) ?? 1,
    send: live && !fields.predict,
  }
}

/** The address that has it again. */
export const queryOf = ({ from, to, protocol, port, count, send }: Wanted) => ({
  from,
  to,
  protocol,
  ...(port === undefined ? {} : { port: String(port) }),
  ...(count === 1 ? {} : { count: String(count) }),
  ...(send ? {} : { predict: '1' }),
})

function whole(text: string, most: number): number | undefined {
  const number = Number(text)
  return /^\d{1,5}$/.test(text) && number >= 1 && number <= most ? number : undefined
}
