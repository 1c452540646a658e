/** Reading JSON that came from outside: a missing or misshapen field is undefined or empty, never an exception. */

/** The value under a path of keys; undefined where the path leaves the objects. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let here = value
  for (const key of keys) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined
    here = (here as Readonly<Record<string, unknown>>)[key]
  }
  return here
}

export function textAt(value: unknown, ...keys: readonly string[]): string | undefined {
  const found = at(value, ...keys)
  return typeof found === 'string' ? found : undefined
}

export function numberAt(value: unknown, ...keys: readonly string[]): number | undefined {
  const found = at(value, ...keys)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

export function listAt(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = at(value, ...keys)
  return Array.isArray(found) ? found : []
}

/** The members of an object whose values are text, such as labels. */
export function labelsAt(value: unknown, ...keys: readonly string[]): Readonly<Record<string, string>> {
  const found = at(value, ...keys)
  if (typeof found !== 'object' || found === null) return {}
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** The value if it is a list. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
