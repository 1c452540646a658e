import type { NetworkStack } from '../model/stack/stack.ts'

/** A line that no program printed and that stands in no file: it is told apart wherever it is shown. */
export const derivedLine = (line: string): string => `derived: ${line}`

/** A stack that nobody read: every line of it says so. */
export const derivedStack = (stack: NetworkStack, because: string): NetworkStack => {
  const marked = <T extends { readonly line: string }>(items: readonly T[]): readonly T[] =>
    items.map((item) => ({ ...item, line: derivedLine(item.line) }))
  return {
    ...stack,
    derived: because,
    links: marked(stack.links).map((link) => ({ ...link, addresses: marked(link.addresses) })),
    rules: stack.rules && marked(stack.rules),
    rules6: stack.rules6 && marked(stack.rules6),
    routes: marked(stack.routes),
    routes6: stack.routes6 && marked(stack.routes6),
    neighbours: stack.neighbours && marked(stack.neighbours),
  }
}
