import * as z from 'zod'
import type { Gap } from '../model/result/result.ts'
import { parseIp, type Ip } from '../model/address/address.ts'
import { parsePrefix, type Prefix } from '../model/address/prefix.ts'

/** What could be read, and what could not. A verdict computed over a gap says so. */
export interface Reading<T> {
  readonly seen: T
  readonly gaps: readonly Gap[]
  /** Every gap is named again in what was seen, where it matters. Absent: none is. */
  readonly kept?: boolean
}

/** More objects of one kind than any account holds (EC2 quotas stay below 5,000 ENIs a region by default). */
const mostItems = 100_000
/** Problems of single items that are named one by one; the rest is counted. */
const mostGaps = 20

/** Text from EC2: names and descriptions are free text, so bounded and without control characters. */
export const text = z
  .string()
  .transform((value) => value.slice(0, 1024).replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd'))

/** A resource id as EC2 writes it: `eni-0123456789abcdef0`, `pl-63a5400a`, `local`. */
export const id = z.string().regex(/^[A-Za-z0-9][\w.:/-]{0,254}$/, 'not a resource id')

export const address = z.string().transform((value, context): Ip => {
  const parsed = parseIp(value)
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: 'not an IP address' })
  return z.NEVER
})

export const cidr = z.string().transform((value, context): Prefix => {
  const parsed = parsePrefix(value)
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: 'not a CIDR block' })
  return z.NEVER
})

/** EC2's tag list as a record. */
export const tags = z
  .array(z.object({ Key: text, Value: text.default('') }))
  .default([])
  .transform((list): Readonly<Record<string, string>> => {
    const record: Record<string, string> = Object.create(null) as Record<string, string>
    for (const tag of list) record[tag.Key] = tag.Value
    return { ...record }
  })

/**
 * Reads one kind of object from what `aws ec2 describe-… --output json` printed, or from an array of such answers
 * (the pages of a paginated call). An item that does not fit becomes a gap; the others are kept.
 */
export function readItems<T>(
  file: string,
  json: unknown,
  list: string,
  item: z.ZodType<T>,
): Reading<readonly T[]> {
  const gaps: Gap[] = []
  const seen: T[] = []
  let broken = 0
  for (const page of Array.isArray(json) ? json : [json]) {
    const items: unknown = isRecord(page) ? page[list] : undefined
    if (!Array.isArray(items)) {
      gaps.push({ at: file, what: list, because: `no list named ${list} in it` })
      continue
    }
    for (const [index, raw] of items.entries()) {
      if (seen.length >= mostItems) {
        gaps.push({ at: file, what: list, because: `more than ${mostItems} items; the rest was not read` })
        return { seen, gaps }
      }
      const parsed = item.safeParse(raw)
      if (parsed.success) seen.push(parsed.data)
      else if (++broken <= mostGaps)
        gaps.push({ at: file, what: `${list}[${index}]`, because: firstIssue(parsed.error) })
    }
  }
  if (broken > mostGaps)
    gaps.push({ at: file, what: list, because: `${broken - mostGaps} more items do not fit` })
  return { seen, gaps }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const firstIssue = (error: z.ZodError): string => {
  const issue = error.issues[0]
  return issue ? `${issue.path.map(String).join('.') || 'item'}: ${issue.message}` : 'does not fit'
}
