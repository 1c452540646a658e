/** A pod's own marks in a line: found, and replaced by signs. */
import type { Identity } from './identities.ts'

/** By which of a packet's marks the line chooses its owner; null: that is not seen. */
export const selectorOf = ({ text, outside }: Identity, line: string): string | null =>
  new RegExp(`(?:^| )(?:-s|from) ${escaped(text)}(?:/32)?(?: |$)`).test(line)
    ? 'source'
    : new RegExp(`(?:^| )(?:-d|to) ${escaped(text)}(?:/32)?(?: |$)`).test(line)
      ? 'destination'
      : line.includes(` -i ${outside} `)
        ? 'in'
        : line.includes(` -o ${outside} `)
          ? 'out'
          : null

/** The text with signs in the place of what is the pod's own; an `outside` of nothing is left alone. */
export function signed({ text, outside, macs }: Identity, line: string): string {
  let said = line
  if (said.includes(text))
    said = said.replace(new RegExp(`(?<![\\d.])${escaped(text)}(?:/32)?(?![\\d.]*\\d)`, 'g'), '<address>')
  if (outside !== '')
    said = said.replace(new RegExp(`(?<![\\w.-])${escaped(outside)}(?![\\w-])`, 'g'), '<device>')
  for (const [at, mac] of macs.entries()) if (mac !== null) said = said.replaceAll(mac, `<mac ${at}>`)
  return said
}

export const macWord = /(?<![\da-f:])[\da-f]{2}(?::[\da-f]{2}){5}(?![\da-f:])/gi

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
