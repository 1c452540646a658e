/** Pieces of nftables that are small to write down and may be much to work out. */
import type { Random } from '../../forward/random.ts'
import type { StackDraft } from './draft.ts'
import type { StackPiece } from './filter-pieces.ts'

const upTo = (size: number): readonly number[] => [...Array(size).keys()]
const own = { family: 'ip', table: 't' } as const

const hooks: readonly (readonly [string, string, number])[] = [
  ['filter', 'prerouting', -300],
  ['filter', 'prerouting', 0],
  ['filter', 'forward', 0],
  ['filter', 'input', 10],
  ['filter', 'postrouting', 0],
  ['route', 'output', -150],
  ['nat', 'prerouting', -100],
  ['nat', 'postrouting', 100],
]

/** A base chain of its own; its name. */
function base(stack: StackDraft, random: Random): string {
  const [type, hook, prio] = random.of(hooks)
  if (stack.nft.length === 0) stack.nft.push({ table: { family: 'ip', name: 't', handle: 1 } })
  const name = `b${stack.nft.length}`
  stack.nft.push({ chain: { ...own, name, handle: 2, type, hook, prio, policy: 'accept' } })
  return name
}

const chain = (stack: StackDraft, name: string): void => {
  stack.nft.push({ chain: { ...own, name, handle: 3 } })
}
const rule = (stack: StackDraft, of: string, ...expr: readonly object[]): void => {
  stack.nftRules.push({ rule: { ...own, chain: of, handle: 4, expr } })
}

const equals = (left: object, right: unknown): object => ({ match: { op: '==', left, right } })
const numgen = (mod: number): object => ({ numgen: { mode: 'random', mod, offset: 0 } })
const mark = { meta: { key: 'mark' } }
const setMark = (value: unknown): object => ({ mangle: { key: mark, value } })
const payload = (protocol: string, field: string): object => ({ payload: { protocol, field } })

/** What nobody can say beforehand, or what is dear to ask. */
function test(i: number, random: Random): object {
  return random.of([
    () => equals(numgen(2 + random.int(9)), 1),
    () => equals(numgen(10_000), i % 10_000),
    () => equals(payload('tcp', 'sport'), { range: [32768, 32768 + i * 3] }),
    () => equals(payload('tcp', 'sport'), { set: upTo(20).map((k) => 33_000 + 7 * k + i) }),
    () => equals({ ct: { key: 'status' } }, 'assured'),
    () => equals({ fib: { result: 'type', flags: ['daddr'] } }, 'local'),
    () => equals({ fib: { result: 'oif', flags: ['saddr', 'iif'] } }, true),
    () => equals({ socket: { key: 'mark' } }, i),
    () => equals({ '&': [mark, 1 << (i % 30)] }, 1 << (i % 30)),
    () => equals(payload('ip', 'saddr'), `@big`),
    () => equals({ concat: [payload('ip', 'saddr'), payload('tcp', 'sport')] }, '@wide'),
  ])()
}

const effect = (i: number, random: Random): object =>
  random.of([
    () => setMark({ '|': [mark, 1 << (i % 30)] }),
    () => setMark({ '^': [mark, i] }),
    () => setMark(i),
    () => ({ mangle: { key: { ct: { key: 'mark' } }, value: mark } }),
    () => ({ mangle: { key: payload('ip', 'ttl'), value: 1 + (i % 250) } }),
    () => ({ accept: null }),
    () => ({ return: null }),
    () => ({ drop: null }),
    () => ({ dnat: { addr: '10.1.0.2', port: 80 } }),
  ])()

const lots: StackPiece = (stack, size, random) => {
  const name = base(stack, random)
  for (const i of upTo(size)) rule(stack, name, test(i, random), effect(i, random))
}

const doubling: StackPiece = (stack, size, random) => {
  const name = base(stack, random)
  const deep = Math.min(size, 2 + random.int(18))
  const calls = 2 + random.int(6)
  const word = random.chance(0.8) ? 'jump' : 'goto'
  for (const i of upTo(deep + 1)) chain(stack, `d${i}`)
  rule(stack, name, { jump: { target: 'd0' } })
  for (const i of upTo(deep))
    for (const k of upTo(calls))
      rule(stack, `d${i}`, ...(k % 2 === 0 ? [] : [test(i, random)]), { [word]: { target: `d${i + 1}` } })
  for (const i of upTo(Math.max(1, size - deep))) rule(stack, `d${deep}`, test(i, random), effect(i, random))
}

/** Lots that lead to chains, one after the other. */
const verdictMaps: StackPiece = (stack, size, random) => {
  const name = base(stack, random)
  const ways = 2 + random.int(8)
  for (const k of upTo(ways)) {
    chain(stack, `v${k}`)
    rule(stack, `v${k}`, effect(k, random))
  }
  const key = random.of([numgen(ways), { '&': [mark, 7] }, payload('tcp', 'sport')])
  const data = {
    set: upTo(ways).map((k) => [
      random.chance(0.3) ? { range: [k, k + 30_000] } : k,
      { [random.chance(0.8) ? 'jump' : 'goto']: { target: `v${k}` } },
    ]),
  }
  for (let i = 0; i < size; i += ways) rule(stack, name, { vmap: { key, data } })
}

/** Sets that are asked for each rule. */
const bigSets: StackPiece = (stack, size, random) => {
  const name = base(stack, random)
  const address = (i: number): unknown =>
    random.of([
      { range: [`10.${i & 255}.0.1`, `10.255.255.${i & 255}`] },
      { prefix: { addr: `${i & 255}.0.0.0`, len: 1 + (i % 32) } },
      `10.0.${i >> 8}.${i & 255}`,
    ])
  stack.nft.push(
    {
      set: {
        ...own,
        name: 'big',
        type: 'ipv4_addr',
        handle: 5,
        flags: ['interval'],
        elem: upTo(size).map(address),
      },
    },
    {
      set: {
        ...own,
        name: 'wide',
        type: ['ipv4_addr', 'inet_service'],
        handle: 6,
        flags: ['interval'],
        elem: upTo(size).map((i) => ({ concat: [address(i), { range: [32768 + i, 60_999] }] })),
      },
    },
  )
  for (const i of upTo(size)) rule(stack, name, test(i, random), effect(i, random))
}

/** Expressions of very many parts. */
const longExpressions: StackPiece = (stack, size, random) => {
  const name = base(stack, random)
  const long = random.of([
    () => equals({ '|': [mark, ...upTo(size * 10)] }, 1),
    () => equals({ concat: upTo(size).map(() => numgen(2)) }, { concat: upTo(size) }),
    () => equals({ '^': upTo(size).map(() => numgen(2)) }, 1),
    () => equals(payload('tcp', 'dport'), { set: upTo(size * 10) }),
  ])()
  rule(stack, name, long, effect(1, random))
  rule(stack, name, setMark({ map: { key: numgen(size), data: { set: upTo(size).map((i) => [i, i]) } } }))
}

export const nftPieces: readonly StackPiece[] = [lots, lots, doubling, verdictMaps, bigSets, longExpressions]
