/** What every form of a change's report says alike. */
import type { ChangedPair, ChangeGroup, ChangeResult, PairChanges } from '../model/result/change.ts'

export const changeKinds = ['closes', 'opens', 'readdresses', 'moves', 'undecided'] as const

export const countOf = (groups: readonly ChangeGroup[]): number =>
  groups.reduce((sum, { count }) => sum + count, 0)

export const isNothing = (changes: PairChanges): boolean =>
  changeKinds.every((kind) => changes[kind].length === 0)

/** Pairs of a group that a person reads. */
export const mostShown = 12

/** `default/web-1 → default/web-2 tcp 8080` */
export const pairText = ({ from, to, protocol, port }: ChangedPair): string =>
  `${from} → ${to}${/:\d+$/.test(to) ? '' : ` ${protocol}${port === null ? '' : ` ${port}`}`}`

/** `+ line`, `- line` */
export const editTexts = ({
  edits,
}: ChangeResult): readonly { readonly at: string; readonly lines: readonly string[] }[] =>
  edits.map(({ at, before, after }) => ({
    at,
    lines: [...(before === null ? [] : [`- ${before}`]), ...(after === null ? [] : [`+ ${after}`])],
  }))
