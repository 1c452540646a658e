import type { Fabric } from '../../model/fabric/fabric.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'
import type { CompiledFabric, CompiledLink, CompiledStack } from '../compiled/fabric.ts'
import type { Surroundings } from '../run/boundaries.ts'
import { compileStack } from './stack.ts'

/** Brings a fabric into the shape that look-ups want. Do it once, then predict many flows. Throws nothing. */
export function compileFabric(fabric: Fabric, surroundings: Surroundings = {}): CompiledFabric {
  const steps = compileSteps(fabric, surroundings)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** The same, a stack at a time. */
export function* compileSteps(
  fabric: Fabric,
  surroundings: Surroundings = {},
): Generator<undefined, CompiledFabric, undefined> {
  const stacks = new Map<StackId, CompiledStack>()
  for (const [index, stack] of fabric.stacks.entries()) {
    if (!stacks.has(stack.id)) stacks.set(stack.id, compileStack(stack, index))
    yield
  }
  const enis = new Map<string, CompiledLink>()
  for (const { a, b } of fabric.wires) {
    for (const [near, far] of [
      [a, b],
      [b, a],
    ] as const) {
      const link = stacks.get(near.stack)?.links.get(near.interface)
      if (!link) continue
      if (stackKind(far.stack) === 'vpc') {
        link.vpc = { eni: far.interface }
        enis.set(far.interface, link)
      } else link.peer = stacks.get(far.stack)?.links.get(far.interface) ?? null
    }
  }
  wireByMac(fabric, stacks, enis)
  const hasDerived = fabric.stacks.some((stack) => stack.derived !== undefined)
  return { fabric, stacks, replaced: null, enis, surroundings, hasDerived }
}

/** An ENI's device has the ENI's MAC: that tells which is which where no wire does. */
function wireByMac(
  fabric: Fabric,
  stacks: ReadonlyMap<StackId, CompiledStack>,
  enis: Map<string, CompiledLink>,
): void {
  const byMac = new Map((fabric.vpc?.interfaces ?? []).map((eni) => [eni.mac.toLowerCase(), eni.id]))
  if (byMac.size === 0) return
  for (const stack of stacks.values())
    for (const link of stack.links.values()) {
      const eni = link.link.mac === null ? undefined : byMac.get(link.link.mac)
      if (eni === undefined || link.peer !== null || enis.has(eni)) continue
      link.vpc ??= { eni }
      enis.set(eni, link)
    }
}
