import type { NetworkStack } from '../../model/stack/stack.ts'

/**
 * Whether a stack looks at addresses by something else than prefixes, ranges and lists of them: by some of their bits, or by what
 * they come to when they are reckoned with. Then pods that look alike need not be.
 */
export function isStrange(stack: NetworkStack): boolean {
  const strangeRule = (stack.iptables ?? []).some(({ tables }) =>
    tables.some(({ chains }) =>
      chains.some(({ rules }) =>
        rules.some(({ matches, target, problem }) =>
          problem !== null
            ? false
            : matches.some(({ module }) => strangeModules.has(module)) ||
              (target !== null && strangeTargets.has(target.name)),
        ),
      ),
    ),
  )
  if (strangeRule) return true
  if ((stack.sets ?? []).some(({ line }) => /\b(netmask|bitmask)\b/.test(line))) return true
  return (stack.nft ?? []).some(({ chains, sets }) =>
    strangeNft.test(
      JSON.stringify([chains.map(({ rules }) => rules.map(({ expressions }) => expressions)), sets]),
    ),
  )
}

const strangeModules: ReadonlySet<string> = new Set(['u32', 'bpf', 'string', 'cluster'])
const strangeTargets: ReadonlySet<string> = new Set(['NETMAP', 'HMARK', 'CLUSTERIP', 'SAME'])
/** Raw octets, hashes, and addresses that are reckoned with: \`ip saddr & 0.0.0.255\`. */
const strangeNft = /"(jhash|symhash|base)":|\{"[&|^]":\[\{"payload"|"(<<|>>)":/
