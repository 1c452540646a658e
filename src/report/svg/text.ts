import { element, escapeMarkup } from './markup.ts'
import { meantWidth } from './station-text.ts'

/** Text in the reader's own font. */
export const sansText = (name: string, x: number, y: number, text: string): string =>
  element('text', { class: name, x, y }, escapeMarkup(text))

/** Monospaced text with the width that it was laid out for, whatever font there is. */
export const monoText = (name: string, x: number, y: number, text: string): string =>
  element(
    'text',
    {
      class: name,
      x,
      y,
      textLength: text.length > 1 ? meantWidth(text) : null,
      lengthAdjust: text.length > 1 ? 'spacingAndGlyphs' : null,
    },
    escapeMarkup(text),
  )
