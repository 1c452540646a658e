/**
 * Is a text what `iptables-save` printed, and all of it? A dump that was cut, or the complaint of a program that could not
 * run, would read as a stack without those rules, and then as one that lets everything pass.
 */
import { excerpt } from '../reading.ts'

export interface SaveFault {
  /** From 1. */
  readonly line: number
  readonly message: string
}

/** The first thing that iptables-save does not print, or a table without its COMMIT; null: there is none. Linear. */
export function faultOfSave(text: string): SaveFault | null {
  let line = 0
  let table: string | null = null
  let start = 0
  while (start < text.length) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    line++
    const first = text.charCodeAt(start)
    if (first === 42 /* * */ && table === null) table = text.slice(start + 1, end).trim()
    else if (first === 67 /* C */ && table !== null && text.slice(start, end).trimEnd() === 'COMMIT')
      table = null
    else if (!(table === null ? isRemark(first) : isRemark(first) || isEntry(first, text, start))) {
      const shown = text.slice(start, Math.min(end, start + 200)).trim()
      if (shown !== '') return { line, message: `iptables-save prints no such line: ${excerpt(shown)}` }
    }
    start = end + 1
  }
  if (table === null) return null
  return { line, message: `the table ${excerpt(table)} ends without COMMIT: the file was cut` }
}

/** `# Table `x' is incompatible, use 'nft' tool.`: a table that iptables-save leaves out, for nft alone can tell it. */
export const hasOthersTable = (text: string): boolean => /^# .{0,200}is incompatible/m.test(text)

const isRemark = (first: number): boolean => first === 35 /* # */ || first === 10 /* an empty line */

/** A chain, a rule, a rule with its counters before it. */
const isEntry = (first: number, text: string, start: number): boolean =>
  first === 58 /* : */ || first === 91 /* [ */ || text.startsWith('-A ', start)
