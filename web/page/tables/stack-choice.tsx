import type { FlowReply, StackEntry } from '../../../src/model/view/tables-view.ts'
import { useWords } from '../../shell/words.ts'

/** Which node or pod is looked into; with a flow lit, the stacks on its way are one click away. */
export function StackChoice(props: {
  readonly stacks: readonly StackEntry[]
  readonly value: string
  readonly reply: FlowReply | null
  readonly onChange: (id: string) => void
}) {
  const words = useWords().web.tables
  const { stacks, value, reply, onChange } = props
  const known = new Set(stacks.map(({ id }) => id))
  const onPath =
    reply === null
      ? []
      : [...new Set([...reply.path.forward, ...reply.path.reply].map((hop) => hop.stack))].filter((id) =>
          known.has(id),
        )
  const nodes = [...new Set(stacks.map(({ node }) => node))]
  return (
    <div className="stack-choice">
      <label className="field">
        <span>{words.stack}</span>
        <select
          value={value}
          onChange={(event) => {
            onChange(event.target.value)
          }}
        >
          {nodes.map((node) => (
            <optgroup key={node} label={node === '' ? '–' : node}>
              {stacks
                .filter((stack) => stack.node === node)
                .map((stack) => (
                  <option key={stack.id} value={stack.id}>
                    {stack.id} {stack.addresses.slice(0, 1).join('')}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
      </label>
      {onPath.length === 0 ? null : (
        <div className="on-way" role="group" aria-label={words.stacksOnPath}>
          <span className="quiet">{words.stacksOnPath}</span>
          {onPath.map((id) => (
            <button
              key={id}
              type="button"
              className="small"
              aria-pressed={id === value}
              onClick={() => {
                onChange(id)
              }}
            >
              {id}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
