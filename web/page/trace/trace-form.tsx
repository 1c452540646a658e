import { useQuery } from '@tanstack/react-query'
import { useEffect, useState, type SyntheticEvent } from 'react'
import type { Suggestion } from '../../../src/server/contract/endpoints.ts'
import { probeProtocols } from '../../../src/server/contract/trace.ts'
import { useConnection } from '../../client/client-context.ts'
import { Choice } from '../../component/choice.tsx'
import { Combobox, type Option } from '../../component/combobox.tsx'
import { Notice } from '../../component/notice.tsx'
import { useWords } from '../../shell/words.ts'
import { endpointsQuery } from './endpoints-query.ts'
import { fieldsOf, wantedOf, withUsualEndpoints, type Fields, type Wanted } from './fields.ts'

export function TraceForm(props: {
  readonly query: URLSearchParams
  readonly running: boolean
  readonly onStart: (wanted: Wanted) => void
  readonly onCancel: () => void
}) {
  const { query, running, onStart } = props
  const { client, session } = useConnection()
  const { web } = useWords()
  const words = web.trace
  const known = useQuery({
    ...endpointsQuery(client),
    refetchInterval: session.live ? 15_000 : false,
  })
  const address = query.toString()
  const first = known.data?.from[0]?.value
  const host = known.data?.to.find(({ kind }) => kind === 'host')?.value
  const [fields, setFields] = useState(() =>
    address === '' ? withUsualEndpoints(fieldsOf(query), first, host) : fieldsOf(query),
  )
  useEffect(() => {
    if (address !== '') setFields(fieldsOf(new URLSearchParams(address)))
  }, [address])
  useEffect(() => {
    if (address === '') setFields((now) => withUsualEndpoints(now, first, host))
  }, [address, first, host])

  const options = (list: readonly Suggestion[] = []): readonly Option[] =>
    list.map(({ kind, value, detail }) => ({ value, detail, kind: words.kinds[kind] }))
  const set = (change: Partial<Fields>): void => {
    setFields((now) => ({ ...now, ...change }))
  }
  const submit = (now: Fields): void => {
    const wanted = wantedOf(now, session.live)
    if (wanted && !running) onStart(wanted)
  }
  const ready = wantedOf(fields, session.live) !== null
  useEffect(() => {
    // The form names both ends and can be sent: for whoever measures how long that took, at the frame that shows it.
    if (ready) requestAnimationFrame(() => performance.mark('podpath-ready'))
  }, [ready])
  const examples = examplesOf(known.data?.from ?? [], known.data?.to ?? [], fields.from)
  return (
    <form
      className="card trace-form"
      onSubmit={(event: SyntheticEvent) => {
        event.preventDefault()
        submit(fields)
      }}
    >
      <div className="fields">
        <Combobox
          label={words.from}
          value={fields.from}
          options={options(known.data?.from)}
          placeholder="default/web-1"
          onChange={(from) => {
            set({ from })
          }}
        />
        <Combobox
          label={words.to}
          value={fields.to}
          options={options(known.data?.to)}
          placeholder={
            session.live ? 'www.google.com, 10.0.3.7, svc/default/web:80' : 'svc/default/web:80, 10.0.3.7'
          }
          onChange={(to) => {
            set({ to })
          }}
        />
        <Choice
          visibleLabel
          label={words.protocol}
          value={fields.protocol}
          options={probeProtocols.map((value) => ({ value, label: words.protocols[value] }))}
          onChange={(protocol) => {
            set({ protocol })
          }}
        />
        <label className="field small">
          <span>{words.port}</span>
          <input
            inputMode="numeric"
            pattern="\d{1,5}"
            placeholder={words.usualPort}
            disabled={fields.protocol === 'icmp'}
            value={fields.protocol === 'icmp' ? '' : fields.port}
            onChange={(event) => {
              set({ port: event.target.value })
            }}
          />
        </label>
        <label className="field small">
          <span>{words.count}</span>
          <input
            type="number"
            min={1}
            max={100}
            disabled={fields.predict || !session.live}
            value={fields.count}
            onChange={(event) => {
              set({ count: event.target.value })
            }}
          />
        </label>
        {running ? (
          <button type="button" onClick={props.onCancel}>
            {words.cancel}
          </button>
        ) : (
          <button type="submit" className="primary" disabled={!ready}>
            {fields.predict || !session.live ? words.predict : words.send}
          </button>
        )}
      </div>
      <div className="under">
        {session.live ? (
          <label className="check">
            <input
              type="checkbox"
              checked={fields.predict}
              onChange={(event) => {
                set({ predict: event.target.checked })
              }}
            />
            {words.predictOnly}
          </label>
        ) : (
          <span className="quiet">{words.recordedOnly}</span>
        )}
        {examples.length === 0 ? null : (
          <span className="examples">
            <span className="quiet">{words.tryThis}</span>
            {examples.map(({ from, to }) => (
              <button
                key={to}
                type="button"
                className="link"
                disabled={running}
                onClick={() => {
                  const wanted = { ...fields, from, to, protocol: 'icmp' } as const
                  setFields(wanted)
                  submit(wanted)
                }}
              >
                {short(from)} → {short(to)}
              </button>
            ))}
          </span>
        )}
      </div>
      {known.error ? (
        <Notice kind="warning" title={words.warning}>
          {known.error.message}
        </Notice>
      ) : null}
    </form>
  )
}

const short = (value: string): string => value.replace(/^default\//, '').replace(/^pod\/default\//, '')

/** The tutorial's two: to a pod of another node, and to the internet. */
function examplesOf(from: readonly Suggestion[], to: readonly Suggestion[], chosen: string) {
  const pods = from.filter(({ kind }) => kind === 'pod')
  const sender =
    pods.find(({ value }) => value === chosen) ?? pods.find(({ value }) => !value.includes('kube-system'))
  if (!sender) return []
  const node = (one: Suggestion): string => one.detail.split(' · ')[1] ?? one.value
  const other = to.find(
    (one) => one.kind === 'pod' && node(one) !== node(sender) && !one.value.includes('kube-system'),
  )
  const host = to.find(({ kind }) => kind === 'host')
  return [other, host].flatMap((one) => (one ? [{ from: sender.value, to: one.value }] : []))
}
