import { Breath } from '../../edge/breath.ts'
import type { Language } from '../../i18n/language.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import type { ChangeResult } from '../../model/result/change.ts'
import { change, type Changes } from '../change/change.ts'
import type { Expectation } from '../change/read-expectations.ts'

export interface ChangeQuestion {
  /** What is to be changed, or a second snapshot that is compared with the first. */
  readonly change:
    | { readonly kind: 'edits'; readonly changes: Changes }
    | { readonly kind: 'snapshot'; readonly after: Inventory }
  readonly expectations: readonly Expectation[]
  readonly language: Language
}

/** What a change would do. Nothing is changed. Rejects with a ClusterError or a ChangeError. */
export async function askChange(inventory: Inventory, question: ChangeQuestion): Promise<ChangeResult> {
  const { source, namespace, started, signal } = inventory
  const { expectations, language } = question
  const before = await inventory.snapshot()
  return change({
    before,
    source,
    change:
      question.change.kind === 'edits'
        ? { ...question.change, namespace }
        : {
            kind: 'snapshot',
            after: await question.change.after.snapshot(),
            source: question.change.after.source,
          },
    expectations,
    language,
    started,
    breath: new Breath(signal),
  })
}
