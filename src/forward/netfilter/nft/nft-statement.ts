/** The statements of an nftables rule (libnftables-json(5)), compiled. */
import type { NftTable, NftValue } from '../../../model/stack/nft.ts'
import type { Run } from '../../compiled/fabric.ts'
import { statusOf } from '../../run/connection.ts'
import { compileElement, compileElements, elementMatches } from './nft-set.ts'
import { type Datum, type Operand, compileOperand, unknown } from './nft-operand.ts'
import { type Members, isMembers, numberFrom } from './nft-words.ts'
import { counted } from '../match-memory.ts'
import { type Answer, answer, inverted, maybe, no, yes } from '../predicate.ts'
import { hex } from '../../run/hex.ts'
import type { Jump, Statement } from './compiled-statement.ts'
import { compileNat } from './nft-nat.ts'

const none: Statement = { kind: 'none' }

const uncertainty = (value: NftValue): Statement => ({
  kind: 'verdict',
  verdict: () => ({ kind: 'unknown', because: `not understood: ${JSON.stringify(value).slice(0, 200)}` }),
})
const uncertainTest = (value: NftValue): Statement => ({
  kind: 'test',
  test: () => maybe,
  because: `not understood: ${JSON.stringify(value).slice(0, 200)}`,
})

/** A rate or a count that other packets share: either. */
const countedTest: Statement = { kind: 'test', test: counted, because: 'it depends on other packets' }

export function compileStatement(value: NftValue, table: NftTable): Statement {
  if (!isMembers(value)) return uncertainty(value)
  const [name = '', body = null] = Object.entries(value)[0] ?? []
  switch (name) {
    // They count, log, or mark for others.
    case 'counter':
    case 'log':
    case 'last':
    case 'ct helper':
    case 'ct timeout':
    case 'ct expectation':
    case 'flow':
    case 'secmark':
      return none
    // It adds an element, and asks the statements that stand with it.
    case 'set':
      return isMembers(body) &&
        body['stmt'] !== undefined &&
        /"(?:limit|quota|ct count)"/.test(JSON.stringify(body['stmt']))
        ? countedTest
        : none
    case 'match':
      return isMembers(body) ? compileMatch(body, table) : uncertainTest(value)
    case 'limit':
    case 'quota':
    case 'ct count':
    case 'meter':
      return countedTest
    case 'xt':
      return isMembers(body) && body['type'] === 'target' ? uncertainty(value) : uncertainTest(value)
    case 'mangle':
      return (isMembers(body) ? compileMangle(body) : null) ?? uncertainty(value)
    case 'notrack':
      return {
        kind: 'effect',
        apply: (run) => {
          if (run.connection !== null || run.tracking !== 'none') return null
          run.tracking = 'untracked'
          return 'not tracked by conntrack'
        },
      }
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return compileNat(name, body, table) ?? uncertainty(value)
    case 'vmap':
      return (isMembers(body) ? compileVerdictMap(body, table) : null) ?? uncertainty(value)
    default: {
      const jump = jumpOf(value)
      return jump === undefined ? uncertainty(value) : { kind: 'verdict', verdict: () => jump }
    }
  }
}

/** Undefined: not a verdict. */
function jumpOf(value: NftValue): Jump | null | undefined {
  if (!isMembers(value)) return undefined
  const [name = '', body = null] = Object.entries(value)[0] ?? []
  switch (name) {
    case 'accept':
    case 'return':
      return { kind: name }
    case 'continue':
      return null
    case 'drop':
      return { kind: 'drop', effect: 'dropped, and its sender is not told' }
    case 'reject': {
      const how = isMembers(body)
        ? [body['type'], body['expr']].filter((word) => typeof word === 'string').join(' ')
        : ''
      return {
        kind: 'drop',
        effect: `rejected: the sender gets ${how === '' ? 'icmp port-unreachable' : how}`,
      }
    }
    case 'jump':
    case 'goto':
      return isMembers(body) && typeof body['target'] === 'string'
        ? { kind: name, target: body['target'] }
        : undefined
    default:
      return undefined
  }
}

function compileMatch(body: Members, table: NftTable): Statement {
  const whole: NftValue = { match: body }
  const left = compileOperand(body['left'] ?? null)
  const right = body['right'] ?? null
  const op = typeof body['op'] === 'string' ? body['op'] : '=='
  if (left === null) return uncertainTest(whole)
  // `!`: none of the bits; `!=`: not this value.
  const not = op === '!=' || op === '!'
  const ask = (test: (run: Run, data: readonly Datum[]) => Answer): Statement => ({
    kind: 'test',
    because: 'it depends on what is not known',
    test: (run) => {
      const data = left.read(run)
      // What the packet has not matches nothing, also not with `!=`: the load itself breaks the rule.
      if (data.includes(null)) return no
      if (data.includes(unknown)) return maybe
      return inverted(test(run, data), not)
    },
  })
  if (
    (typeof right === 'string' && right.startsWith('@')) ||
    (isMembers(right) && Array.isArray(right['set']))
  ) {
    const elements = compileElements(right, left.kinds, table, noValue)
    return elements === null ? uncertainTest(whole) : ask((run, data) => elements.find(run, data).answer)
  }
  const kind = left.kinds[0] ?? 'number'
  if (op === '<' || op === '>' || op === '<=' || op === '>=') {
    const bound = numberFrom(right, kind)
    if (bound === null) return uncertainTest(whole)
    return ask((_, data) => {
      const value = data[0]
      if (typeof value !== 'number' || value < 0) return maybe
      return answer(
        op === '<'
          ? value < bound
          : op === '>'
            ? value > bound
            : op === '<='
              ? value <= bound
              : value >= bound,
      )
    })
  }
  if (kind === 'status') {
    const bits = numberFrom(right, kind)
    if (bits === null || (op !== 'in' && op !== '!')) return uncertainTest(whole)
    return {
      kind: 'test',
      because: 'it depends on what is not known',
      test: ({ connection }) => {
        if (connection === null) return no
        const { set, unknown: open } = statusOf(connection, bits)
        return inverted(set !== 0 ? yes : open !== 0 ? maybe : no, not)
      },
    }
  }
  // Flags written as a list: one in common is enough, unless they stand beside a mask.
  if (kind === 'tcp-flags' && (op === 'in' || op === '!')) {
    const bits = numberFrom(right, kind)
    return bits === null
      ? uncertainTest(whole)
      : ask((_, data) => answer(typeof data[0] === 'number' && (data[0] & bits) !== 0))
  }
  const other = compileOperand(right)
  if (other !== null)
    return {
      kind: 'test',
      because: 'it depends on what is not known',
      test: (run) => {
        const a = left.read(run)[0] ?? null
        const b = other.read(run)[0] ?? null
        if (a === null || b === null) return no
        return a === unknown || b === unknown ? maybe : inverted(answer(a === b), not)
      },
    }
  const parts = compileElement(right, left.kinds)
  return parts === null ? uncertainTest(whole) : ask((run, data) => elementMatches(run, parts, data))
}

function compileMangle(body: Members): Statement | null {
  const key = body['key'] ?? null
  if (!isMembers(key)) return null
  const [name = '', inner = null] = Object.entries(key)[0] ?? []
  const field = isMembers(inner)
    ? `${name} ${String(inner['protocol'] ?? '')} ${String(inner['key'] ?? inner['field'] ?? '')}`
    : name
  const constant = numberFrom(body['value'] ?? null, 'number')
  const operand: Operand | null =
    constant === null ? compileOperand(body['value'] ?? null) : { kinds: ['number'], read: () => [constant] }
  if (operand === null) return null
  const change = (
    read: (run: Run) => number | null,
    write: (run: Run, value: number) => void,
    what: string,
  ): Statement => ({
    kind: 'effect',
    apply: (run) => {
      const before = read(run)
      const value = operand.read(run)[0]
      if (before === null || typeof value !== 'number') return null
      write(run, value >>> 0)
      return run.recorder === null || before === value >>> 0
        ? null
        : `${what} ${hex(before)} becomes ${hex(value)}`
    },
  })
  switch (field.replace(/ {2}/g, ' ')) {
    case 'meta mark':
      return change(
        (run) => run.packet.mark,
        (run, value) => (run.packet.mark = value),
        'mark',
      )
    case 'ct mark':
      return change(
        (run) => run.connection?.mark ?? null,
        (run, value) => {
          if (run.connection) run.connection.mark = value
        },
        'connection mark',
      )
    case 'payload ip ttl':
    case 'payload ip6 hoplimit':
      return change(
        (run) => run.packet.ttl,
        (run, value) => (run.packet.ttl = value),
        'TTL',
      )
    case 'payload ip dscp':
    case 'payload ip6 dscp':
      return change(
        (run) => run.packet.tos >> 2,
        (run, value) => (run.packet.tos = (run.packet.tos & 3) | (value << 2)),
        'DSCP',
      )
    // Only tc and sockets look at it.
    case 'meta priority':
    case 'meta nftrace':
      return none
    default:
      return null
  }
}

const noValue = (): null => null

function verdictIn(value: NftValue): Jump | null {
  const jump = jumpOf(value)
  return jump === undefined ? null : (jump ?? { kind: 'no-match' })
}

function compileVerdictMap(body: Members, table: NftTable): Statement | null {
  const key = compileOperand(body['key'] ?? null)
  if (key === null) return null
  const elements = compileElements(body['data'] ?? null, key.kinds, table, verdictIn)
  if (elements === null) return null
  return {
    kind: 'verdict',
    verdict: (run) => {
      const found = elements.find(run, key.read(run))
      if (found.answer === maybe) return { kind: 'unknown', because: 'it depends on what is not known' }
      return found.answer === yes ? found.value : { kind: 'no-match' }
    },
  }
}
