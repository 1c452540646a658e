/** One network stack in the shape that look-ups want. */
import type { NetworkStack } from '../../model/stack/stack.ts'
import { stackKind } from '../../model/stack/stack-id.ts'
import { sysctlLine, sysctlNumber, type Sysctls } from '../../model/stack/sysctl.ts'
import type { CompiledStack, StackHooks } from '../compiled/fabric.ts'
import { compileHookParts, hooksOf, type HookParts } from '../netfilter/hooks.ts'
import { virtualAddressesOf } from '../routing/ipvs.ts'
import { compileLinks } from './links.ts'
import { compileRouting } from './routing.ts'
import { trackedConnections } from './tracking.ts'

/** What the hooks of a stack were put together from: whoever edits it needs it again. */
export type StackParts = readonly [HookParts, HookParts]

const partsOf = new WeakMap<StackHooks, StackParts>()

/** Of a stack that `compileStack` or `assembleStack` made. */
export function partsOfStack(stack: CompiledStack): StackParts {
  const parts = partsOf.get(stack.hooks)
  if (parts === undefined) throw new Error(`${stack.id} was not compiled here`)
  return parts
}

export function hooksFrom(
  stack: NetworkStack,
  parts: StackParts,
  current?: Parameters<typeof hooksOf>[3],
): Pick<CompiledStack, 'hooks' | 'hooks6'> {
  const hooks = hooksOf(stack, 4, parts[0], current)
  partsOf.set(hooks, parts)
  return { hooks, hooks6: hooksOf(stack, 6, parts[1], current) }
}

/** What follows from sysctls alone, interfaces apart. */
export function settingsOfStack(
  stack: NetworkStack,
): Pick<CompiledStack, 'forwarding6' | 'ttl' | 'ignoresEcho' | 'ignoresEcho6'> {
  const sysctls: Sysctls = stack.sysctls ?? new Map()
  return {
    forwarding6: sysctlNumber(sysctls, 'net.ipv6.conf.all.forwarding'),
    ttl: defaultTtl(sysctlNumber(sysctls, 'net.ipv4.ip_default_ttl')),
    ignoresEcho: ignoresEcho(sysctls, 'net.ipv4.icmp_echo_ignore_all'),
    ignoresEcho6: ignoresEcho(sysctls, 'net.ipv6.icmp.echo_ignore_all'),
  }
}

export function compileStack(stack: NetworkStack, index: number): CompiledStack {
  return assembleStack(stack, index, {
    ...hooksFrom(stack, compileHookParts(stack)),
    connections: trackedConnections(stack),
  })
}

/** A stack from hooks and connections that are there already; its interfaces have no wires yet. */
export function assembleStack(
  stack: NetworkStack,
  index: number,
  given: Pick<CompiledStack, 'hooks' | 'hooks6' | 'connections'>,
): CompiledStack {
  const compiled = {
    id: stack.id,
    index,
    kind: stackKind(stack.id),
    stack,
    ...given,
    ...settingsOfStack(stack),
    virtualAddresses: virtualAddressesOf(stack),
  } as { -readonly [K in keyof CompiledStack]: CompiledStack[K] }
  // An interface knows its stack, and a stack its interfaces: one of them is first.
  compiled.links = compileLinks(stack, compiled)
  compiled.loopback = [...compiled.links.values()].find((link) => link.loopback) ?? null
  return Object.assign(compiled, routingsOf(stack, compiled))
}

export function routingsOf(
  stack: NetworkStack,
  { links }: Pick<CompiledStack, 'links'>,
): Pick<CompiledStack, 'routing' | 'routing6'> {
  const { tablesRead = null } = stack
  return {
    routing: compileRouting(
      stack.rules,
      stack.routes,
      tablesRead?.size !== 0,
      links,
      4,
      undefined,
      stack.isOneTable,
      tablesRead,
    ),
    routing6: compileRouting(stack.rules6, stack.routes6 ?? [], stack.routes6 !== null, links, 6),
  }
}

const defaultTtl = (ttl: number | undefined): number =>
  ttl !== undefined && ttl >= 1 && ttl <= 255 ? ttl : 64

/** The line by which a stack answers no echo request (net/ipv4/icmp.c icmp_echo, net/ipv6/icmp.c); null: it does. */
const ignoresEcho = (sysctls: Sysctls, name: string): string | null =>
  (sysctlNumber(sysctls, name) ?? 0) === 0 ? null : sysctlLine(sysctls, name)
