/** /proc/net/fib_triestat: how large each IPv4 table is (net/ipv4/fib_trie.c, fib_triestat_seq_show). */
import type { Route } from '../../model/stack/route.ts'

/**
 * Are `local` and `main` one table? They are until somebody adds a rule (fib_new_table makes `local` an alias of `main`, fib_unmerge
 * ends that), and the file shows each with the routes of both then. Undefined: it does not tell.
 */
export function readIsOneTable(text: string, routes: readonly Route[]): boolean | undefined {
  const main = sizeOf(text, 'Main')
  const local = sizeOf(text, 'Local')
  if (main === undefined || local === undefined) return undefined
  const count = (table: string): number =>
    routes.filter((route) => route.family === 4 && route.table === table).length
  const both = count('main') + count('local')
  if (main === local && main === both) return true
  return main === count('main') && local === count('local') ? false : undefined
}

/** Routes of a table, each TOS and metric by itself. */
function sizeOf(text: string, table: string): number | undefined {
  const begin = text.indexOf(`${table}:\n`)
  if (begin < 0) return undefined
  const found = /^\s+Prefixes:\s+(\d{1,9})$/m.exec(text.slice(begin, begin + 2000))
  return found ? Number(found[1]) : undefined
}
