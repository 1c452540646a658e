/** nft's own words for the expressions of libnftables-json(5): what `nft list ruleset` would print. */
import type { NftValue } from '../../model/stack/nft.ts'

type Members = { readonly [key: string]: NftValue }

const isMembers = (value: NftValue | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const quoted: ReadonlySet<string> = new Set(['iifname', 'oifname', 'ibrname', 'obrname'])

/** A rule's statements, without the counters, which change with every packet. */
export const formatNftRule = (expressions: readonly NftValue[]): string =>
  expressions
    .map((expression) => statement(expression))
    .filter((text) => text !== '')
    .join(' ')

function statement(value: NftValue): string {
  if (!isMembers(value)) return operand(value)
  const [name = '', body = null] = Object.entries(value)[0] ?? []
  switch (name) {
    case 'counter':
      return ''
    case 'match':
      return isMembers(body) ? match(body) : JSON.stringify(value)
    case 'mangle':
      return isMembers(body) ? `${operand(body['key'])} set ${operand(body['value'])}` : JSON.stringify(value)
    case 'jump':
    case 'goto':
      return isMembers(body) ? `${name} ${operand(body['target'])}` : name
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
    case 'notrack':
      return name
    case 'masquerade':
    case 'snat':
    case 'dnat':
    case 'redirect':
      return nat(name, body)
    case 'reject':
      return isMembers(body)
        ? `reject with ${operand(body['type'])} ${operand(body['expr'] ?? '')}`.trim()
        : 'reject'
    case 'vmap':
      return isMembers(body) ? `${operand(body['key'])} vmap ${operand(body['data'])}` : 'vmap'
    case 'log':
      return isMembers(body) && typeof body['prefix'] === 'string' ? `log prefix "${body['prefix']}"` : 'log'
    case 'limit':
      return isMembers(body)
        ? `limit rate ${body['inv'] === true ? 'over ' : ''}${operand(body['rate'])}/${operand(body['per'])}`
        : 'limit'
    case 'quota':
      return isMembers(body)
        ? `quota ${body['inv'] === true ? 'over ' : ''}${operand(body['val'])} ${operand(body['val_unit'])}`
        : 'quota'
    case 'xt':
      return isMembers(body) ? `xt ${operand(body['type'])} ${operand(body['name'])}` : 'xt'
    default:
      return `${name} ${body === null ? '' : operand(body)}`.trim()
  }
}

function match(body: Members): string {
  const left = body['left'] ?? null
  // Behind a mask the sign is not left out.
  const bare = !isMembers(left) || left['&'] === undefined
  const op = body['op'] === '==' && bare ? '' : `${operand(body['op'])} `
  const meta = isMembers(left) && isMembers(left['meta']) ? left['meta']['key'] : undefined
  const right = body['right'] ?? null
  const shown =
    typeof right === 'string' && typeof meta === 'string' && quoted.has(meta) ? `"${right}"` : operand(right)
  return `${operand(left)} ${op}${shown}`
}

function nat(name: string, body: NftValue): string {
  if (!isMembers(body)) return name
  const address = body['addr'] === undefined ? '' : operand(body['addr'])
  const port = body['port'] === undefined ? '' : `:${operand(body['port'])}`
  const flags = Array.isArray(body['flags'])
    ? body['flags']
    : body['flags'] === undefined
      ? []
      : [body['flags']]
  const to = address === '' && port === '' ? '' : ` to ${address}${port}`
  return `${name}${to}${flags.map((flag) => ` ${operand(flag)}`).join('')}`
}

function operand(value: NftValue | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return value.map((item) => operand(item as NftValue)).join(',')
  const [name = '', body = null] = Object.entries(value as Members)[0] ?? []
  switch (name) {
    case 'meta':
      return isMembers(body) ? metaName(operand(body['key'])) : name
    case 'ct':
      return isMembers(body)
        ? ['ct', operand(body['dir']), operand(body['family']), operand(body['key'])]
            .filter((w) => w !== '')
            .join(' ')
        : name
    case 'payload':
      return isMembers(body) ? `${operand(body['protocol'])} ${operand(body['field'])}`.trim() : name
    case 'fib':
      return isMembers(body)
        ? `fib ${(Array.isArray(body['flags']) ? body['flags'] : [body['flags'] ?? '']).map((f) => operand(f)).join(' . ')} ${operand(body['result'])}`
        : name
    case 'prefix':
      return isMembers(body) ? `${operand(body['addr'])}/${operand(body['len'])}` : name
    case 'range':
      return Array.isArray(body) ? `${operand(body[0])}-${operand(body[1])}` : name
    case 'set':
      return Array.isArray(body) ? `{ ${body.map((item) => element(item)).join(', ')} }` : operand(body)
    case 'map':
      return isMembers(body) ? `${operand(body['key'])} map ${operand(body['data'])}` : name
    case 'concat':
      return Array.isArray(body) ? body.map((item) => operand(item)).join(' . ') : name
    case 'numgen':
      return isMembers(body) ? `numgen ${operand(body['mode'])} mod ${operand(body['mod'])}` : name
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>':
      return Array.isArray(body)
        ? body
            .map((part, index) => (index === 0 ? operand(part) : masked(name, part as NftValue)))
            .join(` ${name} `)
        : name
    case 'elem':
      return isMembers(body) ? operand(body['val']) : name
    case 'jump':
    case 'goto':
      return isMembers(body) ? `${name} ${operand(body['target'])}` : name
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      return name
    default:
      return JSON.stringify(value)
  }
}

/** nft prints what is combined with a mark as eight hex digits. */
const masked = (operator: string, value: NftValue): string => {
  if (typeof value === 'number' && value >= 0 && !operator.startsWith('<') && !operator.startsWith('>'))
    return `0x${value.toString(16).padStart(8, '0')}`
  const bits = isMembers(value) ? value['|'] : value
  return operator === '&' && Array.isArray(bits)
    ? `(${bits.map((bit) => operand(bit as NftValue)).join(' | ')})`
    : operand(value)
}

const element = (item: NftValue): string =>
  Array.isArray(item) ? `${operand(item[0])} : ${operand(item[1])}` : operand(item)

/** Some meta keys are printed bare (doc/primary-expression.txt). */
const metaName = (key: string): string =>
  ['iif', 'iifname', 'iiftype', 'oif', 'oifname', 'oiftype', 'skuid', 'skgid', 'rtclassid'].includes(key)
    ? key
    : `meta ${key}`
