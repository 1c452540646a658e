/** Pieces of iptables and ipset that are small to write down and may be much to work out. */
import type { Random } from '../../forward/random.ts'
import { addRules, type StackDraft } from './draft.ts'

/** Adds about `size` things to a stack. */
export type StackPiece = (stack: StackDraft, size: number, random: Random) => void

const hookOf: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING'],
  mangle: ['PREROUTING', 'FORWARD', 'POSTROUTING', 'OUTPUT'],
  nat: ['PREROUTING', 'POSTROUTING', 'OUTPUT'],
  filter: ['FORWARD', 'INPUT', 'OUTPUT'],
}

const upTo = (size: number): readonly number[] => [...Array(size).keys()]

/** What a rule does once it has matched, different for each `i` in what it leaves behind. */
function effect(table: string, i: number, random: Random): string {
  if (table === 'nat') return '-j ACCEPT'
  if (table !== 'mangle') return random.of(['-j ACCEPT', '-j RETURN', '-j DROP', '-j LOG'])
  return random.of([
    `-j MARK --set-xmark 0x${(1 << (i % 31)).toString(16)}/0x${(1 << (i % 31)).toString(16)}`,
    `-j MARK --set-xmark 0x${i.toString(16)}/0x0`,
    `-j CONNMARK --set-xmark 0x${(1 << (i % 31)).toString(16)}/0x0`,
    `-j TTL --ttl-set ${1 + (i % 255)}`,
    '-j TTL --ttl-inc 1',
    `-j TOS --set-tos 0x${((i % 60) * 4).toString(16).padStart(2, '0')}/0xff`,
    '-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff',
    '-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff',
  ])
}

/** A match of which nobody can say beforehand whether it matches, or that is dear to ask. */
function match(i: number, random: Random): string {
  const low = 32768 + ((i * 7) % 28_000)
  return random.of([
    '-m statistic --mode random --probability 0.50000000000',
    `-m statistic --mode nth --every ${2 + (i % 5)} --packet 0`,
    `-p tcp -m tcp --sport ${low}:${low + 1 + random.int(9000)}`,
    `-p tcp -m multiport --sports ${upTo(15)
      .map((k) => low + 3 * k)
      .join(',')}`,
    `-m foreign${i % 3} --of ${i}`,
    '-m limit --limit 5/sec',
    '-m rpfilter --invert',
    '-m rpfilter',
    '-m addrtype --dst-type LOCAL',
    '-m owner --uid-owner 1000',
    `-m conntrack --ctorigsrcport ${low}:${low + 500}`,
    '-m conntrack --ctstatus ASSURED',
    '-m set --match-set s0 src,dst',
    '-m set ! --match-set l0 src',
    `-m mark --mark 0x${(1 << (i % 31)).toString(16)}/0x${(1 << (i % 31)).toString(16)}`,
    `-s 10.0.0.0/${1 + (i % 30)}`,
  ])
}

const place = (random: Random): readonly [string, string] => {
  const table = random.of(Object.keys(hookOf))
  return [table, random.of(hookOf[table] ?? [])]
}

const lots: StackPiece = (stack, size, random) => {
  const [table, hook] = place(random)
  const kind = random()
  const one = match(0, random)
  addRules(
    stack,
    table,
    hook,
    upTo(size).map((i) => `${kind < 0.5 ? one : match(i, random)} ${effect(table, i, random)}`),
  )
}

/** Chains one after another, each asked by chance. */
const chainsInARow: StackPiece = (stack, size, random) => {
  const [table, hook] = place(random)
  for (const i of upTo(size)) {
    addRules(stack, table, hook, [`${match(i, random)} -j R${i}`])
    addRules(stack, table, `R${i}`, [`${match(i + 1, random)} ${effect(table, i, random)}`])
  }
}

/** Each chain calls the next one twice, or goes on in it. */
const doubling: StackPiece = (stack, size, random) => {
  const [table, hook] = place(random)
  const deep = Math.min(size, 2 + random.int(70))
  const calls = 2 + random.int(3)
  const jump = random.chance(0.8) ? '-j' : '-g'
  const asked = random.chance(0.5)
  addRules(stack, table, hook, ['-j D0'])
  for (const i of upTo(deep))
    addRules(
      stack,
      table,
      `D${i}`,
      upTo(calls).map((k) => `${asked && k === 0 ? `${match(i, random)} ` : ''}${jump} D${i + 1}`),
    )
  addRules(
    stack,
    table,
    `D${deep}`,
    upTo(Math.max(1, size - deep)).map((i) => `${match(i, random)} ${effect(table, i, random)}`),
  )
}

/** As kube-proxy writes a Service; its backends' chains, and one service behind another. */
const backends: StackPiece = (stack, size, random) => {
  const services = 1 + random.int(8)
  const each = Math.max(1, Math.floor(size / services / 3))
  for (const s of upTo(services)) {
    const chain = `KUBE-SVC-${s}`
    const target = random.chance(0.5) ? '-d 10.1.0.2/32' : '-m addrtype --dst-type UNICAST'
    addRules(stack, 'nat', random.of(['PREROUTING', 'OUTPUT']), [`${target} -p tcp -j ${chain}`])
    for (const i of upTo(each)) {
      const rest = each - i
      const luck = rest === 1 ? '' : `-m statistic --mode random --probability ${(1 / rest).toFixed(11)} `
      addRules(stack, 'nat', chain, [`${luck}-j KUBE-SEP-${s}-${i}`])
      addRules(stack, 'nat', `KUBE-SEP-${s}-${i}`, [
        `-p tcp -j DNAT --to-destination 10.1.${i >> 8}.${i & 255}:${80 + (i % 1000)}`,
      ])
    }
  }
  if (random.chance(0.5)) addRules(stack, 'nat', 'POSTROUTING', ['-j MASQUERADE --random-fully'])
}

/** One line as long as a file, which everything that it decides quotes. */
const longLine: StackPiece = (stack, size, random) => {
  const [table, hook] = place(random)
  const sort = random.int(3)
  const long =
    sort === 0
      ? `-m comment --comment "${'x'.repeat(size * 20)}"`
      : sort === 1
        ? `-p tcp -m multiport --dports ${upTo(size * 4)
            .map((i) => i % 65536)
            .join(',')}`
        : `-m foreign --of ${'y '.repeat(size * 10)}`
  addRules(stack, table, hook, [`${long} ${effect(table, 1, random)}`])
}

/** Sets that rules ask: of ranges, of ports, of each other. */
const sets: StackPiece = (stack, size, random) => {
  const type = random.of([
    'hash:ip',
    'hash:net',
    'hash:ip,port',
    'hash:net,port,net',
    'bitmap:port',
    'hash:net,iface',
    'hash:mac',
  ])
  const part = (kind: string, i: number): string =>
    kind === 'net' || kind === 'ip'
      ? random.of([`10.${i & 255}.0.1`, `0.0.0.1-${1 + (i % 254)}.255.255.254`, `10.0.0.0/${1 + (i % 32)}`])
      : kind === 'port'
        ? random.of([`tcp:${i % 65536}`, `tcp:${i % 1000}-60999`])
        : kind === 'iface'
          ? 'left'
          : '02:00:00:00:00:01'
  const kinds = (type.split(':')[1] ?? '').split(',')
  const names = upTo(1 + random.int(20)).map((i) => `s${i}`)
  const each = Math.max(1, Math.floor(size / names.length))
  for (const name of names) {
    stack.sets.push(`create ${name} ${type} family inet hashsize 1024 maxelem 65536`)
    for (const i of upTo(each))
      stack.sets.push(
        `add ${name} ${kinds.map((kind) => part(kind, i)).join(',')}${random.chance(0.1) ? ' nomatch' : ''}`,
      )
  }
  stack.sets.push(`create l0 list:set size ${size}`)
  for (const i of upTo(size)) stack.sets.push(`add l0 ${names[i % names.length] ?? ''}`)
  const [table, hook] = place(random)
  addRules(
    stack,
    table,
    hook,
    upTo(size).map(
      (i) => `-m set --match-set ${random.of(['l0', 's0'])} src,dst ${effect(table, i, random)}`,
    ),
  )
}

/** Translations: ranges, ports, and what they make of each other. */
const translations: StackPiece = (stack, size, random) => {
  const hook = random.of(['PREROUTING', 'POSTROUTING', 'OUTPUT'])
  addRules(
    stack,
    'nat',
    hook,
    upTo(size).map((i) => {
      const to =
        hook === 'POSTROUTING'
          ? random.of([
              `-j SNAT --to-source 10.0.0.1-10.${i & 255}.0.255:1000-60000`,
              '-p tcp -j MASQUERADE --to-ports 1024-2048 --random',
              '-j NETMAP --to 10.0.0.0/8',
            ])
          : random.of([
              '-p tcp -j DNAT --to-destination 10.1.0.1-10.1.255.255:1-65535',
              `-p tcp -j REDIRECT --to-ports ${1 + i}`,
              '-j DNAT --to-destination 10.1.0.2',
              '-j NETMAP --to 10.1.0.0/24',
            ])
      return `${match(i, random)} ${to}`
    }),
  )
}

/** A source port that nobody knows, cut into ever smaller ranges. */
const portPieces: StackPiece = (stack, size, random) => {
  const [table, hook] = place(random)
  const step = 2 + random.int(18)
  addRules(
    stack,
    table,
    hook,
    upTo(size).map(
      (i) => `-p tcp -m tcp --sport ${32768 + ((i * step) % 28_000)} ${effect(table, i, random)}`,
    ),
  )
}

export const filterPieces: readonly StackPiece[] = [
  lots,
  lots,
  chainsInARow,
  doubling,
  backends,
  longLine,
  sets,
  translations,
  portPieces,
]
