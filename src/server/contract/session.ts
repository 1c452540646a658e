import * as z from 'zod/mini'
import { languages } from '../../i18n/language.ts'

/** GET /api/session: what this podpath looks at and what it can do there. */
export const session = z.object({
  version: z.string(),
  source: z.object({ kind: z.enum(['cluster', 'bundle']), name: z.string() }),
  /** Packets can be sent: false where there is only a recorded snapshot, and a trace is then a prediction. */
  live: z.boolean(),
  /** Pods may be made and deleted: only where the command line says so, on a lab. */
  mayChange: z.boolean(),
  /** Of the command line, or of its locale. */
  language: z.enum(languages),
  /** By `--lang`: what the reader chose on an earlier page yields to it. */
  languageAsked: z.boolean(),
})
export type Session = z.infer<typeof session>
