/** Characters that XML 1.0 forbids even when they are escaped (section 2.2); the control characters are gone before. */
const forbidden = /[\ufffe\uffff]/g

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text that stays text in SVG and in HTML, between tags and inside a quoted attribute. */
export const escapeMarkup = (text: string): string =>
  text.replace(forbidden, '').replace(/[&<>"']/g, (character) => entities[character] ?? '')

/** One element; the values of its attributes are escaped here, its children already are markup. Null: left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | null>>,
  ...children: readonly string[]
): string {
  const written = Object.entries(attributes)
    .flatMap(([key, value]) =>
      value === null
        ? []
        : [` ${key}="${typeof value === 'number' ? coordinate(value) : escapeMarkup(value)}"`],
    )
    .join('')
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`
}

/** A tenth of a pixel is finer than any screen shows, and the same on every machine. */
const coordinate = (value: number): string => String(Math.round(value * 10) / 10)
