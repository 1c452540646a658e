/**
 * EC2's answers as XML. A list is written as its `<item>`s, null as an empty element, undefined not at all; an empty
 * list is an empty element, as EC2 writes it.
 */
export type Xml = string | number | boolean | null | undefined | readonly Xml[] | XmlObject
export interface XmlObject {
  readonly [element: string]: Xml
}

const isList = (value: Xml): value is readonly Xml[] => Array.isArray(value)

export function writeXml(name: string, value: Xml, attributes = ''): string {
  if (value === undefined) return ''
  const inside = content(value)
  return inside === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${inside}</${name}>`
}

function content(value: Xml): string {
  if (value === null || value === undefined) return ''
  if (isList(value)) return value.map((item) => writeXml('item', item)).join('')
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, child]) => writeXml(name, child))
      .join('')
  return escapeXml(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Also replaces what XML 1.0 cannot hold (section 2.2: most control characters, lone surrogates). */
export const escapeXml = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => entities[character] ?? character)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Cs}]/gu, '\ufffd')
