export interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly label: string }[]
  readonly onChange: (value: Value) => void
  /** Above the list; without it the label is for screen readers alone. */
  readonly visibleLabel?: boolean
}

/** One of a few: the system's own list. */
export function Choice<Value extends string>(props: ChoiceProps<Value>) {
  const { label, value, options, onChange, visibleLabel } = props
  const list = (
    <select
      value={value}
      aria-label={visibleLabel ? undefined : label}
      onChange={(event) => {
        const chosen = options.find((one) => one.value === event.target.value)
        if (chosen) onChange(chosen.value)
      }}
    >
      {options.map((one) => (
        <option key={one.value} value={one.value}>
          {one.label}
        </option>
      ))}
    </select>
  )
  return visibleLabel ? (
    <label className="field">
      <span>{label}</span>
      {list}
    </label>
  ) : (
    list
  )
}
