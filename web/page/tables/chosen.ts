import {
  lineKey,
  placeText,
  type Lighting,
  type LinePlace,
  type LitLine,
} from '../../../src/report/lit-lines.ts'

/** The line that somebody asks about. */
export interface Chosen {
  readonly place: LinePlace
  readonly line: string
}

/** For lines that no packet was held against. */
export const none: readonly LitLine[] = []

export const litAt = (lit: Lighting | null, place: LinePlace, line: string): readonly LitLine[] =>
  lit?.byKey.get(lineKey(place, line)) ?? none

export const isChosen = (chosen: Chosen | null, place: LinePlace, line: string): boolean =>
  chosen !== null && chosen.line === line && placeText(chosen.place) === placeText(place)
