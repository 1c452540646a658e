import type { ChangeSentences } from '../sentences/change-sentences.ts'

const pairs = (n: number): string => `${n} pair${n === 1 ? '' : 's'}`

export const change: ChangeSentences = {
  title: 'What would change',
  edits: (n) => `${n} edit${n === 1 ? '' : 's'}`,
  pairs: (n) => `${pairs(n)} looked at`,
  added: 'added',
  removed: 'removed',
  headings: {
    opens: (n) => `Opens: ${pairs(n)}`,
    closes: (n) => `Closes: ${pairs(n)}`,
    moves: (n) => `Another path: ${pairs(n)}`,
    readdresses: (n) => `Another source address: ${pairs(n)}`,
    undecided: (n) => `Not decided: ${pairs(n)}`,
  },
  at: (places) => `at ${places}`,
  stoppedBefore: 'was stopped by',
  more: (n) => `… and ${pairs(n)} more`,
  seenAs: (before, after) => `seen as ${before} before, as ${after} afterwards`,
  nothing: 'Nothing changes for the pairs that were looked at.',
  onlyBefore: (ends) => `Only in the first snapshot: ${ends}`,
  onlyAfter: (ends) => `Only in the second snapshot: ${ends}`,
  ifEnforced: 'If somebody enforced the policies:',
  notes: {
    'later-pods': ({ what }) =>
      `${what} decides about pods that start later; those that run keep what they have`,
    'not-predicted': ({ at, because }) =>
      `${at} is taken to stay as it is: what would be written there is not known, ${because}`,
    'not-enforced': ({ what }) =>
      `Nobody in this cluster enforces NetworkPolicies (aws-node has no network policy agent that is switched on): ${what} changes nothing`,
    'stand-in-address': ({ what, address }) =>
      `The cluster chooses the address of the new service ${what}; ${address}, which is nobody's, stands in for it`,
    'new-pods': ({ what }) =>
      `The pods of ${what} will be new ones with other names and addresses; those of now are taken with the new labels`,
  },
  expectations: 'Expectations',
  expected: (from, to, reach) => `${from} ${reach ? 'reaches' : 'does not reach'} ${to}`,
  state: { holds: 'holds', broken: 'broken', undecided: 'not decided' },
  brokenBefore: 'broken before the change as well',
  otherwise: (predicted) =>
    predicted === 'delivered' ? 'is reached' : predicted === 'dropped' ? 'is not reached' : 'is not decided',
  refusedBy: (codes) => `refused by ${codes}`,
  verdict: (opens, closes, moves, readdresses) =>
    `${opens} open, ${closes} close, ${moves} take another path, ${readdresses} get another source address`,
  held: (holds, all) => `${holds} of ${all} expectations hold`,
  problems: {
    command: ({ word }) =>
      `${word}: not a command that podpath change understands; see podpath change --help`,
    option: ({ word }) => `${word}: not understood here, so nothing is predicted`,
    value: ({ option, value }) => `${option}: cannot be ${value === '' ? 'empty' : value}`,
    lacks: ({ what }) => `the change lacks ${what}`,
    'not-there': ({ what, at }) => `${what}: not there at ${at}`,
    'there-already': ({ what, at }) => `${what}: already there at ${at}`,
    'not-read': ({ what, at }) => `the snapshot does not hold ${what} of ${at}`,
    quoting: ({ text }) => `${text}: one command without a shell: no pipes, variables or open quotes`,
    'too-long': ({ what, most }) => `${what}: longer than ${most}`,
    yaml: ({ because }) => `YAML: ${because}`,
    kind: ({ kind }) =>
      `${kind === '' ? 'an object without a kind' : kind}: only NetworkPolicy, Service, Deployment, Pod and Namespace are understood`,
    object: ({ object, because }) => `${object}: ${because}`,
    backend: ({ at }) =>
      `both backends of iptables have rules on ${at}: type iptables-legacy or iptables-nft`,
    variable: ({ name }) => `${name}: not a variable of aws-node that podpath knows`,
    'no-cause': ({ cause, found }) =>
      `${cause}: no pair fails for it${found.length === 0 ? '; none fails' : `; found: ${found.join(', ')}`}`,
    'no-cure': ({ cause }) => `${cause}: no edit of a line cures it`,
  },
}
