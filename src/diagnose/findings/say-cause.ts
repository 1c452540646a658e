/** A cause in words and commands, and as a finding. */
import type { Catalogue } from '../../i18n/catalogue.ts'
import type { CauseFacts } from '../../i18n/facts/cause-facts.ts'
import type { Cause, Diagnosis } from '../../model/diagnosis/diagnosis.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { Evidence, Finding } from '../../model/result/finding.ts'
import { isStackEdit, type Edit } from '../../model/fabric/edit.ts'
import type { SaidCause, SaidDiagnosis, SaidEdit } from '../../model/diagnosis/said-diagnosis.ts'
import { stackName } from '../../model/stack/stack-id.ts'
import type { Flow } from '../../forward/walk/predict.ts'
import type { CauseGroup } from '../group-causes.ts'
import { todoOf } from '../../i18n/todo-of.ts'
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
export function saidEdit(edit: Edit): SaidEdit {
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
    if (isList(one)) return one.join(', ')
    if (typeof one !== 'object') return 'name' in edit ? `${edit.name} = ${one}` : String(one)
    return 'line' in one
      ? one.line
      : 'family' in one
        ? `table ${one.family} ${one.name}`
        : `${one.namespace}/${one.name}`
  }
  return { kind: edit.kind, at, before: line(edit.before), after: line(edit.after) }
}

const isList = (one: NonNullable<Edit['before']>): one is readonly string[] => Array.isArray(one)

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

/** A cause and all that it breaks; of causes that are equals, the first stands for them. */
export function sayGroup(
  words: Catalogue,
  { cause, equals, symptom }: Pick<CauseGroup<{ readonly flow: Flow }>, 'cause' | 'equals' | 'symptom'>,
  fabric: Fabric,
  ends: { readonly from: string; readonly to: string },
  breaks: NonNullable<SaidCause['breaks']>,
): SaidDiagnosis {
  return {
    ...ends,
    symptom,
    causes: [
      { ...sayCause(words, cause, fabric), breaks },
      ...equals.map((one) => sayCause(words, one, fabric)),
    ],
    ruledOut: [],
    tried: 0,
    notRead: [],
  }
}

/** What only weakens a protection is no cause: the line itself is told, as where nothing mends it. */
export const tellable = (diagnosis: SaidDiagnosis | null): readonly SaidCause[] =>
  (diagnosis?.causes ?? []).filter(({ kind }) => kind !== 'weakening')

/** The same in sentences, with what has to be said of the edit beside. */
function remedyOf(
  { causes: words }: Catalogue,
  { kind, edit, cure, typedAt }: SaidCause,
  todo: NonNullable<Finding['todo']>,
): string {
  const mending = todo.filter(({ where }) => where !== words.undo)
  return [
    ...(kind === 'weakening' ? [words.weakens] : kind === 'policy' ? [words.deliberate] : []),
    ...(edit.length > 1 && cure.length > 1 && typedAt !== null ? [words.together(edit.length)] : []),
    ...mending.map(({ where, commands }) => `${where} ${commands.join('; ')}`),
    ...(mending.length === 0 ? [words.noCommand] : []),
  ].join(' ')
}

/** @param symptom the line where the packet ends because of it */
export function causeFinding(words: Catalogue, cause: SaidCause, symptom: readonly Evidence[]): Finding {
  const { code, at, by, missing, message } = cause
  const todo = todoOf(words.causes, cause)
  const expected: readonly Evidence[] =
    missing === null || missing === '' ? [] : [{ kind: 'note', text: missing }]
  return {
    code,
    severity: 'error',
    at,
    by,
    message,
    remedy: remedyOf(words, cause, todo),
    ...(todo.length === 0 ? {} : { todo }),
    evidence: [...symptom, ...expected],
  }
}

/** It arrives, and not as intended. What nobody of the cluster's wrote may be meant so. */
export function misledFinding(
  words: Catalogue,
  cause: SaidCause,
  evidence: readonly Evidence[] = [],
): Finding {
  const note: Evidence = { kind: 'note', text: words.causes.misled }
  const finding = causeFinding(words, cause, [note, ...evidence])
  return { ...finding, severity: cause.kind === 'intention' ? 'error' : 'warning' }
}
