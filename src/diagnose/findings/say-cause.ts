/** A cause in words and commands, and as a finding. */
import type { Catalogue } from '../../i18n/catalogue.ts'
import type { CauseFacts } from '../../i18n/cause-facts.ts'
import type { Cause, Diagnosis } from '../../model/diagnosis.ts'
import type { Fabric } from '../../model/fabric.ts'
import type { Evidence, Finding } from '../../model/finding.ts'
import { isStackEdit, type Edit } from '../../model/edit.ts'
import type { SaidCause, SaidDiagnosis, SaidEdit } from '../../model/said-diagnosis.ts'
import { stackName } from '../../model/stack-id.ts'
import { reachabilityCode } from '../catalogue/reachability.ts'
import { cureOf } from '../cures/cure-of.ts'

export function sayCause(words: Catalogue, cause: Cause, fabric: Fabric): SaidCause {
  const { code, kind, at, by, missing, author, edits, proof } = cause
  const cure = cureOf(cause, fabric)
  const facts: CauseFacts = {
    at: stackName(at),
    by: by ?? '',
    missing: missing ?? '',
    author: words.causes.authors[author],
  }
  return {
    code,
    reachability: reachabilityCode(code),
    kind,
    at,
    by,
    missing,
    author,
    message: words.causes.codes[code](facts),
    edit: edits.map(saidEdit),
    cure: cure?.commands ?? [],
    owner: cure?.owner ?? [],
    undo: cure?.undo ?? [],
    typedAt: cure?.place.kind === 'node' ? cure.place.stack : null,
    proof,
  }
}

/** By the lines that its objects were read from. */
function saidEdit(edit: Edit): SaidEdit {
  const at = isStackEdit(edit)
    ? edit.stack
    : 'group' in edit
      ? edit.group
      : 'acl' in edit
        ? edit.acl
        : 'table' in edit
          ? edit.table
          : 'eni' in edit
            ? edit.eni
            : 'subnet' in edit
              ? edit.subnet
              : 'vpc'
  const line = (one: Edit['before']): string | null => {
    if (one === null) return null
    if (typeof one !== 'object') return 'name' in edit ? `${edit.name} = ${one}` : String(one)
    return 'line' in one
      ? one.line
      : 'family' in one
        ? `table ${one.family} ${one.name}`
        : `${one.namespace}/${one.name}`
  }
  return { kind: edit.kind, at, before: line(edit.before), after: line(edit.after) }
}

export const sayDiagnosis = (
  words: Catalogue,
  diagnosis: Diagnosis,
  fabric: Fabric,
  ends: { readonly from: string; readonly to: string },
): SaidDiagnosis => {
  const { symptom, causes, ruledOut, tried, notRead } = diagnosis
  return {
    ...ends,
    symptom,
    causes: causes.map((cause) => sayCause(words, cause, fabric)),
    ruledOut,
    tried,
    notRead,
  }
}

/** Commands stand on lines of their own, two blanks before them: nobody may break them. */
const typed = (command: string): string => `  ${command}`

/** What to do, a command a line. */
export function remedyOf({ causes: words }: Catalogue, cause: SaidCause): string {
  const { cure, owner, undo, typedAt, kind, edit } = cause
  const place = typedAt === null ? words.anywhere : words.onNode(stackName(typedAt))
  const lines = [
    ...(kind === 'weakening' ? [words.weakens] : kind === 'policy' ? [words.deliberate] : []),
    ...(edit.length > 1 && cure.length > 1 ? [words.together(edit.length)] : []),
    ...(cure.length === 0 ? [] : [place, ...cure.map(typed)]),
    ...(owner.length === 0 ? [] : [words.owner, ...owner.map(typed)]),
    ...(undo.length === 0 || cure.length === 0 ? [] : [words.undo, ...undo.map(typed)]),
  ]
  return cure.length === 0 && owner.length === 0 ? [...lines, words.noCommand].join('\n') : lines.join('\n')
}

/** @param symptom the line where the packet ends because of it */
export function causeFinding(words: Catalogue, cause: SaidCause, symptom: readonly Evidence[]): Finding {
  const { code, at, by, missing, message } = cause
  const expected: readonly Evidence[] =
    missing === null || missing === '' ? [] : [{ kind: 'note', text: missing }]
  return {
    code,
    severity: 'error',
    at,
    by,
    message,
    remedy: remedyOf(words, cause),
    evidence: [...symptom, ...expected],
  }
}
