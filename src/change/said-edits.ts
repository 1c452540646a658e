/** Edits by the lines that they change: of a chain or a table that is written anew, those alone that come and go. */
import { saidEdit } from '../diagnose/findings/say-cause.ts'
import type { Edit } from '../model/fabric/edit.ts'
import type { SaidEdit } from '../model/diagnosis/said-diagnosis.ts'
import type { NftTable } from '../model/stack/nft.ts'
import type { RuleChain } from '../model/stack/ruleset.ts'

export function saidEdits(edit: Edit): readonly SaidEdit[] {
  if (edit.kind === 'iptables-chain') {
    const { before, after } = edit
    const isSame = before !== null && after !== null && before.line === after.line
    return [
      ...(isSame ? [] : [saidEdit(edit)]),
      ...differing('iptables-rule', edit.stack, rulesOf(before), rulesOf(after)),
    ]
  }
  if (edit.kind === 'nft-table') {
    const { before, after } = edit
    return [
      ...(before !== null && after !== null ? [] : [saidEdit(edit)]),
      ...differing('nft-rule', edit.stack, tableLines(before), tableLines(after)),
    ]
  }
  return [saidEdit(edit)]
}

const rulesOf = (chain: RuleChain | null): readonly string[] => (chain?.rules ?? []).map(({ line }) => line)

const tableLines = (table: NftTable | null): readonly string[] =>
  (table?.chains ?? []).flatMap(({ name, base, rules }) => [
    base === null ? `chain ${name}` : `chain ${name} hook ${base.hook} policy ${base.policy}`,
    ...rules.map(({ line }) => `${name}: ${line}`),
  ])

/** Of lines that are there more than once each counts. */
function differing(
  kind: string,
  at: string,
  before: readonly string[],
  after: readonly string[],
): readonly SaidEdit[] {
  const without = (list: readonly string[], others: readonly string[]): readonly string[] => {
    const left = [...others]
    return list.filter((line) => {
      const found = left.indexOf(line)
      if (found >= 0) left.splice(found, 1)
      return found < 0
    })
  }
  return [
    ...without(before, after).map((line): SaidEdit => ({ kind, at, before: line, after: null })),
    ...without(after, before).map((line): SaidEdit => ({ kind, at, before: null, after: line })),
  ]
}
