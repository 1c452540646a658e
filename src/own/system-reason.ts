import { getSystemErrorMap } from 'node:util'

const phrases: ReadonlyMap<string, string> = new Map(getSystemErrorMap().values())

/** `no space left on device`: what an error of the system says, for a person who knows already where. */
export function systemReason(error: unknown): string {
  const [code] = errnoNames(error)
  return (
    (code === undefined ? undefined : phrases.get(code)) ??
    (error instanceof Error ? error.message : String(error))
  )
}

/** The names of errno(3) that an error and its causes carry, the outermost first. */
export function errnoNames(error: unknown): readonly string[] {
  const names: string[] = []
  for (let at = error; at instanceof Error; at = at.cause)
    if ('code' in at && typeof at.code === 'string' && phrases.has(at.code)) names.push(at.code)
  return names
}
