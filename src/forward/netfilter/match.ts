/** One `-m` of a rule, understood. */
import type { RuleMatch } from '../../model/stack/ruleset.ts'
import { setMatch, type SetTest } from './ip-set.ts'
import {
  headerMatch,
  icmpMatch,
  iprangeMatch,
  lengthMatch,
  macMatch,
  multiportMatch,
  pkttypeMatch,
  portsMatch,
  tosMatch,
  ttlMatch,
} from './match-header.ts'
import {
  addrtypeMatch,
  conntrackMatch,
  devgroupMatch,
  markMatch,
  ownerMatch,
  physdevMatch,
  rpfilterMatch,
  stateful,
  statisticMatch,
} from './match-state.ts'
import { connlimitMatch, countedMatch, quotaMatch, recentMatch } from './match-memory.ts'
import { always, no, notUnderstood, predicate, type Understood } from './predicate.ts'

export interface StackSets {
  readonly tests: ReadonlyMap<string, SetTest>
  /** The sets of the stack were read. */
  readonly known: boolean
}

export function understand(match: RuleMatch, sets: StackSets): Understood {
  switch (match.module) {
    case '': {
      const [option] = match.options
      return option ? headerMatch(option) : always
    }
    // They say something to people, or count.
    case 'comment':
    case 'nfacct':
      return always
    case 'tcp':
    case 'udp':
    case 'sctp':
    case 'dccp':
    case 'udplite':
      return portsMatch(match)
    case 'multiport':
      return multiportMatch(match)
    case 'icmp':
    case 'icmp6':
    case 'icmpv6':
      return icmpMatch(match)
    case 'conntrack':
    case 'state':
      return conntrackMatch(match)
    case 'mark':
    case 'connmark':
      return markMatch(match)
    case 'addrtype':
      return addrtypeMatch(match)
    case 'iprange':
      return iprangeMatch(match)
    case 'set':
      return setMatch(match, sets.tests, sets.known)
    case 'statistic':
      return statisticMatch(match)
    case 'length':
      return lengthMatch(match)
    case 'ttl':
    case 'hl':
      return ttlMatch(match)
    case 'dscp':
    case 'tos':
      return tosMatch(match)
    case 'mac':
      return macMatch(match)
    case 'pkttype':
      return pkttypeMatch(match)
    case 'physdev':
      return physdevMatch(match)
    case 'owner':
      return ownerMatch(match)
    case 'rpfilter':
      return rpfilterMatch(match)
    case 'devgroup':
      return devgroupMatch(match)
    case 'recent':
      return recentMatch(match)
    case 'limit':
    case 'hashlimit':
    case 'connbytes':
      return countedMatch()
    case 'quota':
      return quotaMatch(match)
    case 'connlimit':
      return connlimitMatch(match)
    // What is sent has no extension headers, and is no IPsec: without the header these say no, with a `!` too.
    case 'ah':
    case 'esp':
    case 'rt':
    case 'frag':
    case 'hbh':
    case 'dst':
      return predicate(() => no)
    case 'socket':
      return stateful(match)
    default:
      return notUnderstood(`-m ${match.module}`)
  }
}
