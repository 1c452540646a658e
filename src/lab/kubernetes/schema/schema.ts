import fields from './fields.json' with { type: 'json' }

/** What a field holds: a scalar's name, or a message's, such as `core/v1.PodSpec`. */
export interface Field {
  readonly name: string
  /** Its number in the protobuf form. */
  readonly number: number
  readonly shape: 'one' | 'list' | 'map'
  readonly type: string
  /** Its own fields stand in place of it in JSON. */
  readonly inline: boolean
  /** A scalar that may be absent: its zero means something. Other scalars are left out when they are zero. */
  readonly pointer: boolean
  readonly required: boolean
  /** The key by which a strategic merge patch tells items apart. */
  readonly mergeKey: string | undefined
  /** `merge`, `replace`, `retainKeys` of strategic merge patches. */
  readonly strategy: readonly string[]
  /** How server-side apply sees a list. */
  readonly listType: 'atomic' | 'set' | 'map'
  readonly listKeys: readonly string[]
}

export interface Message {
  readonly name: string
  /** By JSON name; the fields of inlined structs are among them. */
  readonly fields: ReadonlyMap<string, Field>
  /** By number in the protobuf form; inlined structs are fields of their own. */
  readonly numbers: ReadonlyMap<number, Field>
}

const table: Readonly<Record<string, Readonly<Record<string, string>>>> = fields.messages
const messages = new Map<string, Message>()

/** A message of the Kubernetes API by the name it has in fields.json, read once. */
export function message(name: string): Message | undefined {
  const known = messages.get(name)
  if (known !== undefined) return known
  const lines = Object.hasOwn(table, name) ? table[name] : undefined
  if (lines === undefined) return undefined
  const byName = new Map<string, Field>()
  const byNumber = new Map<number, Field>()
  const read: Message = { name, fields: byName, numbers: byNumber }
  messages.set(name, read)
  for (const [fieldName, line] of Object.entries(lines)) {
    const field = parseField(fieldName, line)
    byNumber.set(field.number, field)
    if (!field.inline) byName.set(fieldName, field)
    else for (const [inner, innerField] of message(field.type)?.fields ?? []) byName.set(inner, innerField)
  }
  return read
}

/** Reads `2 []core/v1.Container merge=name strategy=merge map=name`. */
function parseField(name: string, line: string): Field {
  const [number = '', type = '', ...notes] = line.split(' ')
  const note = (key: string): string | undefined =>
    notes.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1)
  const listKeys = note('map')?.split(',') ?? []
  return {
    name,
    number: Number(number),
    shape: type.startsWith('[]') ? 'list' : type.startsWith('{}') ? 'map' : 'one',
    type: type.replace(/^\[\]|^\{\}/, ''),
    inline: notes.includes('inline'),
    pointer: notes.includes('pointer'),
    required: notes.includes('required'),
    mergeKey: note('merge'),
    strategy: note('strategy')?.split(',') ?? [],
    listType: listKeys.length > 0 ? 'map' : notes.includes('set') ? 'set' : 'atomic',
    listKeys,
  }
}
