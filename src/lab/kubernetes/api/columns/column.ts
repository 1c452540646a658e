import type { KubeObject, LabelSelector } from '../../objects/meta.ts'
import { printSelector } from '../../selector.ts'

export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string
  readonly type?: 'string' | 'integer'
  /** Shown with `-o wide` alone. */
  readonly wide?: boolean
  cell(object: T, now: number): string | number
}

/** Columns of one kind, as the table takes them: the kind was looked up by the object's own. */
export const columnsFor = <T extends KubeObject>(columns: readonly Column<T>[]): readonly Column[] =>
  columns as unknown as readonly Column[]

/** duration.HumanDuration of apimachinery: `5s`, `3m20s`, `2h`, `4d3h`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${String(seconds)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10)
    return seconds % 60 === 0 ? `${String(minutes)}m` : `${String(minutes)}m${String(seconds % 60)}s`
  if (minutes < 180) return `${String(minutes)}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return minutes % 60 === 0 ? `${String(hours)}h` : `${String(hours)}h${String(minutes % 60)}m`
  if (hours < 48) return `${String(hours)}h`
  const days = Math.floor(hours / 24)
  if (days < 8) return hours % 24 === 0 ? `${String(days)}d` : `${String(days)}d${String(hours % 24)}h`
  if (days < 730) return `${String(days)}d`
  const years = Math.floor(days / 365)
  return years < 8 && days % 365 !== 0 ? `${String(years)}y${String(days % 365)}d` : `${String(years)}y`
}

/** How long ago a time is. */
export const since = (time: string | null | undefined, now: number): string =>
  time === undefined || time === null || time === '' ? '<unknown>' : humanDuration(now - Date.parse(time))

export const nameColumn: Column<KubeObject> = { name: 'Name', cell: ({ metadata }) => metadata.name }

export const ageColumn: Column<KubeObject> = {
  name: 'Age',
  cell: ({ metadata }, now) => since(metadata.creationTimestamp, now),
}

/** A selector as a cell; an empty one is `<none>`. */
export const selectorCell = (selector: LabelSelector | undefined): string =>
  (selector === undefined ? '' : printSelector(selector)) || '<none>'
