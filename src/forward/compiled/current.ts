/** Compiled parts as edits left them: see `Replaced`. */
import type { CompiledFabric, CompiledLink, CompiledStack } from './fabric.ts'

/** The interface as the edits left it; null: they took it away. */
export function currentLink({ replaced }: CompiledFabric, link: CompiledLink): CompiledLink | null {
  if (replaced === null) return link
  const stack = replaced.stacks.get(link.stack.id)
  return stack === undefined ? link : (stack.links.get(link.name) ?? null)
}

/** The stack that an interface is of, as the edits left it. */
export const stackOf = ({ replaced }: CompiledFabric, { stack }: CompiledLink): CompiledStack =>
  replaced === null ? stack : (replaced.stacks.get(stack.id) ?? stack)

/** The other end of an interface's wire. */
export const peerOf = (fabric: CompiledFabric, { peer }: CompiledLink): CompiledLink | null =>
  peer === null ? null : currentLink(fabric, peer)

/** A chain or a set as the edits left it. */
export const currentPart = <T extends object>({ replaced }: CompiledFabric, part: T): T =>
  // A part is only ever replaced by one of its own kind.
  replaced === null ? part : ((replaced.parts.get(part) as T | undefined) ?? part)
