/** A table of who may reach whom (`--expect FILE`), read from YAML: bounded, every name of it known. */
import * as z from 'zod'
import { readDocuments } from '../../change/kubernetes/documents.ts'
import { ChangeError } from '../../change/change-error.ts'
import { causeCodes, type CauseCode } from '../../model/diagnosis/diagnosis.ts'

/** Who is meant: as a user types it, or pods by labels. */
export type ExpectedEnd =
  | string
  | {
      readonly namespace?: string | undefined
      readonly selector?: Readonly<Record<string, string>> | undefined
    }

export interface Expectation {
  readonly from: ExpectedEnd
  /** `svc/api:8080/tcp`, `10.0.0.1:443/tcp`, … */
  readonly to: readonly ExpectedEnd[]
  readonly reach: boolean
  readonly because: CauseCode | null
}

const word = z.string().min(1).max(600)
const end = z.union([
  word,
  z
    .strictObject({ namespace: word.optional(), selector: z.record(word, z.string().max(600)).optional() })
    .refine(
      ({ namespace, selector }) => namespace !== undefined || selector !== undefined,
      'namespace or selector',
    ),
])

const mostLines = 1_000

const table = z.strictObject({
  version: z.literal(1),
  expect: z
    .array(
      z.strictObject({
        from: end,
        to: z.union([end, z.array(end).min(1).max(100)]),
        reach: z.boolean(),
        because: z.enum(causeCodes).optional(),
      }),
    )
    .max(mostLines),
})

/** Throws a ChangeError that says which line of the table is none. */
export function readExpectations(text: string): readonly Expectation[] {
  const documents = readDocuments(text)
  if (documents.length !== 1) throw new ChangeError({ code: 'yaml', because: 'one document is expected' })
  const read = table.safeParse(documents[0])
  if (!read.success) {
    const [issue] = read.error.issues
    const path = issue?.path.map(String).join('.') ?? ''
    throw new ChangeError({
      code: 'yaml',
      because: `${path === '' ? '' : `${path}: `}${(issue?.message ?? '').slice(0, 160)}`,
    })
  }
  return read.data.expect.map(({ from, to, reach, because }) => ({
    from,
    to: Array.isArray(to) ? to : [to],
    reach,
    because: because ?? null,
  }))
}
