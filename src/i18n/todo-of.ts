import type { SaidCause } from '../model/diagnosis/said-diagnosis.ts'
import type { Finding } from '../model/result/finding.ts'
import { stackName } from '../model/stack/stack-id.ts'
import type { CauseSentences } from './facts/cause-facts.ts'

/** What to type against a cause, and where. */
export function todoOf(
  words: CauseSentences,
  { cure, owner, undo, typedAt }: Pick<SaidCause, 'cure' | 'owner' | 'undo' | 'typedAt'>,
): NonNullable<Finding['todo']> {
  const place = typedAt === null ? words.anywhere : words.onNode(stackName(typedAt))
  return [
    { where: place, commands: cure },
    { where: words.owner, commands: owner },
    { where: words.undo, commands: cure.length === 0 ? [] : undo },
  ].filter(({ commands }) => commands.length > 0)
}
