/**
 * The matches that ask what a stack has seen before: recent senders, rates, counts, quotas. What it has seen was not read, so
 * each is either, and both ways are followed; what the packet itself has written down on its way is known.
 */
import { formatIp, parseIp, type Ip } from '../../model/address/address.ts'
import type { RuleMatch, RuleOption } from '../../model/stack/ruleset.ts'
import type { Run } from '../compiled/fabric.ts'
import {
  always,
  answer,
  inverted,
  no,
  notUnderstood,
  numberIn,
  predicate,
  yes,
  type Answer,
  type Odds,
  type Understood,
} from './predicate.ts'

/** Nobody knows how often: as often as not. */
const unknownShare = 0.5

const drawn = (run: Run, share: number): Answer => answer(run.pick([share, 1 - share]) === 0)

const optionOf = (match: RuleMatch, ...names: readonly string[]): RuleOption | undefined =>
  match.options.find((option) => names.includes(option.name))

/** A rate, a number of connections or octets so far: it is within it or not. */
export const counted = (run: Run): Answer => drawn(run, unknownShare)

const either: Understood = { kind: 'predicate', test: counted, last: true }

/** -m limit, hashlimit, connbytes: a bucket or a counter that other packets fill as well. */
export const countedMatch = (): Understood => either

/** -m quota (xt_quota.c): no octets are left of none. */
export const quotaMatch = (match: RuleMatch): Understood => {
  const option = optionOf(match, '--quota')
  return option?.values[0] === '0' ? predicate(() => answer(option.not)) : either
}

/** -m connlimit (xt_connlimit.c): the packet's own connection counts, so that more than none is always. */
export function connlimitMatch(match: RuleMatch): Understood {
  const option = optionOf(match, '--connlimit-above', '--connlimit-upto')
  if (option?.values[0] !== '0') return either
  return (option.name === '--connlimit-above') !== option.not ? always : predicate(() => no)
}

/** -m recent (net/netfilter/xt_recent.c) */
export function recentMatch(match: RuleMatch): Understood {
  const action = optionOf(match, '--set', '--rcheck', '--update', '--remove')
  if (!action) return notUnderstood('-m recent')
  const name = optionOf(match, '--name')?.values[0] ?? 'DEFAULT'
  const mask = optionOf(match, '--mask')?.values[0] ?? '255.255.255.255'
  const toDestination = optionOf(match, '--rdest') !== undefined
  const hits = numberIn(optionOf(match, '--hitcount')?.values[0]) ?? 0
  const byTtl = optionOf(match, '--rttl') !== undefined
  const asked = match.options.map((option) => [option.name, ...option.values].join(' ')).join(' ')
  const entry = (run: Run): string => {
    const ip = masked(toDestination ? run.packet.dst : run.packet.src, mask)
    return JSON.stringify([run.stack.index, name, formatIp(ip)])
  }
  switch (action.name) {
    // Whether it was in the list or not: it is now.
    case '--set':
      return {
        kind: 'predicate',
        last: true,
        test: (run) => {
          run.keep(entry(run), true)
          return inverted(yes, action.not)
        },
      }
    default: {
      const odds: Odds = { share: unknownShare }
      const test = (run: Run): Answer => {
        const key = entry(run)
        const known = run.recall(key)
        const question = `${key} ${asked}`
        let found: boolean
        if (known === true && hits <= 1 && !byTtl) found = true
        else {
          const before = known === true ? undefined : run.recall(question)
          found = before ?? drawn(run, odds.share) === yes
          if (known !== true) run.keep(question, found)
        }
        if (action.name === '--remove') {
          run.keep(key, undefined)
          run.keep(question, undefined)
        }
        return inverted(answer(found), action.not)
      }
      return { kind: 'predicate', test, last: true, odds }
    }
  }
}

function masked(ip: Ip, mask: string): Ip {
  const bits = parseIp(mask)
  if (typeof ip === 'number' && typeof bits === 'number') return ((ip & bits) >>> 0) as Ip
  return typeof ip === 'bigint' && typeof bits === 'bigint' ? ((ip & bits) as Ip) : ip
}
