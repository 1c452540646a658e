import { useId, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useWords } from '../shell/words.ts'

export interface Option {
  readonly value: string
  readonly kind: string
  readonly detail: string
}

/** Options that are shown at once; typing finds the others. */
const mostShown = 60

/** A field with suggestions, which takes any other word as well (ARIA Authoring Practices, combobox). */
export function Combobox(props: {
  readonly label: string
  readonly value: string
  readonly options: readonly Option[]
  readonly placeholder: string
  readonly onChange: (value: string) => void
}) {
  const { label, value, options, onChange } = props
  const { web } = useWords()
  const id = useId()
  const list = useRef<HTMLUListElement>(null)
  const [open, setOpen] = useState(false)
  /** Whether the reader has typed since the field was entered: before that every option is shown. */
  const [typed, setTyped] = useState(false)
  const [active, setActive] = useState(-1)
  const matching = useMemo(() => (typed ? matches(options, value) : options), [options, typed, value])
  const shown = matching.slice(0, mostShown)

  const choose = (option: Option | undefined): void => {
    if (option) onChange(option.value)
    close()
  }
  const close = (): void => {
    setOpen(false)
    setTyped(false)
    setActive(-1)
  }
  const move = (to: number): void => {
    const next = shown.length === 0 ? -1 : (to + shown.length) % shown.length
    setActive(next)
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) setOpen(true)
      move(
        active < 0 && event.key === 'ArrowUp'
          ? shown.length - 1
          : active + (event.key === 'ArrowDown' ? 1 : -1),
      )
    } else if (event.key === 'Enter' && open && active >= 0) {
      event.preventDefault()
      choose(shown[active])
    } else if (event.key === 'Escape' && open) {
      event.preventDefault()
      close()
    }
  }
  return (
    <div className="combobox field">
      <label htmlFor={id}>
        <span>{label}</span>
      </label>
      <input
        id={id}
        role="combobox"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={600}
        placeholder={props.placeholder}
        value={value}
        onFocus={(event) => {
          event.target.select()
        }}
        onClick={() => {
          setOpen(true)
        }}
        onChange={(event) => {
          onChange(event.target.value)
          setTyped(true)
          setOpen(true)
          setActive(-1)
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={label} hidden={!open} ref={list}>
        {open
          ? shown.map((option, i) => (
              <li
                key={option.value}
                id={`${id}-${i}`}
                role="option"
                aria-selected={i === active}
                // Before the field loses the focus.
                onPointerDown={(event) => {
                  event.preventDefault()
                }}
                onClick={() => {
                  choose(option)
                }}
              >
                <span className="tag">{option.kind}</span>
                <span className="value">{option.value}</span>
                <span className="detail">{option.detail}</span>
              </li>
            ))
          : null}
        {open && shown.length === 0 ? (
          <li className="quiet" role="option" aria-selected={false} aria-disabled>
            {web.trace.noSuggestion}
          </li>
        ) : null}
        {open && matching.length > shown.length ? (
          <li className="quiet" role="option" aria-selected={false} aria-disabled>
            {web.trace.moreSuggestions(matching.length - shown.length)}
          </li>
        ) : null}
      </ul>
    </div>
  )
}

/** Every word that was typed, somewhere in the option. */
function matches(options: readonly Option[], typed: string): readonly Option[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return options.filter(({ value, detail, kind }) => {
    const text = `${kind} ${value} ${detail}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
