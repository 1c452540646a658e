import { useId, useState, type FormEvent } from 'react'
import type { StackEntry } from '../../../src/model/view/tables-view.ts'
import type { FlowRequest } from '../../../src/server/contract/look.ts'
import { Choice } from '../../component/choice.tsx'
import { Notice } from '../../component/notice.tsx'
import { useWords } from '../../shell/words.ts'

const protocols = ['icmp', 'tcp', 'udp'] as const

export interface FlowFormProps {
  readonly stacks: readonly StackEntry[]
  readonly pending: boolean
  readonly error: Error | null
  readonly lit: boolean
  readonly onAsk: (request: FlowRequest) => void
  readonly onClear: () => void
}

/** Which packet's way is lit up. Nothing is sent. */
export function FlowForm({ stacks, pending, error, lit, onAsk, onClear }: FlowFormProps) {
  const { web } = useWords()
  const words = web.tables
  const list = useId()
  const senders = [...stacks].sort((a, b) => rank(a) - rank(b))
  const [from, setFrom] = useState<string | null>(null)
  const [to, setTo] = useState('8.8.8.8')
  const [protocol, setProtocol] = useState<(typeof protocols)[number]>('icmp')
  const [port, setPort] = useState('80')
  const sender = from ?? senders[0]?.id ?? ''
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onAsk({
      from: sender,
      to: to.trim(),
      protocol,
      port: protocol === 'icmp' ? null : Number(port) || null,
    })
  }
  return (
    <form className="card flow-form" onSubmit={submit} aria-label={words.lightTitle}>
      <div className="flow-fields">
        <Choice
          visibleLabel
          label={words.from}
          value={sender}
          options={senders.map((stack) => ({
            value: stack.id,
            label: `${stack.id.replace(/^pod\//, '')} ${stack.addresses[0] ?? ''}`,
          }))}
          onChange={setFrom}
        />
        <label className="field grow">
          <span>
            {words.to} <span className="quiet">({words.toHint})</span>
          </span>
          <input
            value={to}
            required
            list={list}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => {
              setTo(event.target.value)
            }}
          />
          <datalist id={list}>
            <option value="8.8.8.8">{web.lab.internet}</option>
            {stacks.map((stack) => (
              <option key={stack.id} value={stack.id}>
                {stack.addresses[0] ?? ''}
              </option>
            ))}
          </datalist>
        </label>
        <Choice
          visibleLabel
          label={words.protocol}
          value={protocol}
          options={protocols.map((value) => ({ value, label: value }))}
          onChange={setProtocol}
        />
        <label className="field port">
          <span>{words.port}</span>
          <input
            value={protocol === 'icmp' ? '' : port}
            inputMode="numeric"
            pattern="[0-9]*"
            maxLength={5}
            disabled={protocol === 'icmp'}
            onChange={(event) => {
              setPort(event.target.value)
            }}
          />
        </label>
        <span className="flow-buttons">
          <button type="submit" className="primary" disabled={pending}>
            {words.light}
          </button>
          <button type="button" disabled={!lit} onClick={onClear}>
            {words.clear}
          </button>
        </span>
      </div>
      <p className="quiet flow-hint">{words.lightHint}</p>
      {error ? (
        <Notice kind="error" title={web.cluster.cannotRead}>
          {error.message}
        </Notice>
      ) : null}
    </form>
  )
}

/** Pods of the default namespace first: they are the reader's own. */
const rank = ({ id }: StackEntry): number =>
  id.startsWith('pod/default/') ? 0 : id.startsWith('pod/') ? 1 : 2
