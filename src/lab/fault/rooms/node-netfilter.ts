import type { faultRooms } from '../../../model/lab/fault.ts'
import type { KernelFault } from '../fault.ts'
import { fromPeer, toDns, toInternet, toMetadata, toPeer, toWebsite } from './flows.ts'

export const nodeNetfilterFaults: {
  readonly [Code in (typeof faultRooms)['node-netfilter'][number]]: KernelFault
} = {
  'forward-rule': {
    at: 'node',
    pod: 'any',
    trial: toPeer,
    script: 'insert filter FORWARD -s "$POD/32" -d "$PEER/32" -j DROP',
  },
  'forward-policy': {
    at: 'node',
    pod: 'any',
    trial: toPeer,
    script: `
was=$(iptables -w 5 -S FORWARD | awk '/^-P FORWARD/{print $3}')
[ "$was" != DROP ] || fail 'the policy of FORWARD is DROP already'
iptables -w 5 -P FORWARD DROP
undo "iptables -w 5 -P FORWARD $was"
`,
  },
  'forward-drops-new': {
    at: 'node',
    pod: 'first-eni',
    trial: fromPeer,
    script: 'insert filter FORWARD -i "$(first_eni)" -m conntrack --ctstate INVALID,NEW -j DROP',
  },
  'forward-drops-dns': {
    at: 'node',
    pod: 'any',
    trial: toDns,
    script: 'insert filter FORWARD -s "$POD/32" -p udp -m udp --dport 53 -j DROP',
  },
  'docker-user-reject': {
    at: 'node',
    pod: 'any',
    trial: toPeer,
    script: `
iptables -w 5 -N DOCKER-USER
undo 'iptables -w 5 -F DOCKER-USER 2>/dev/null && iptables -w 5 -X DOCKER-USER || true'
iptables -w 5 -A DOCKER-USER -s "$POD/32" -j REJECT
iptables -w 5 -A DOCKER-USER -j RETURN
insert filter FORWARD -j DOCKER-USER
`,
  },
  'firewalld-reject': {
    at: 'node',
    pod: 'any',
    trial: toPeer,
    script: `
nft -f - <<END
table inet firewalld {
  chain filter_FORWARD {
    type filter hook forward priority filter + 10; policy accept;
    ip saddr $POD ip daddr $PEER reject with icmpx admin-prohibited
  }
}
END
undo 'nft delete table inet firewalld 2>/dev/null || true'
`,
  },
  'other-backend-drop': {
    at: 'node',
    pod: 'any',
    trial: toPeer,
    script: `
case $(iptables --version) in *legacy*) other=iptables-nft;; *) other=iptables-legacy;; esac
if [ "$other" = iptables-nft ] && ! nft list table ip filter >/dev/null 2>&1; then
  undo "iptables-nft -S | grep -q '^-A' || nft delete table ip filter 2>/dev/null || true"
fi
$other -w 5 -I FORWARD 1 -s "$POD/32" -d "$PEER/32" -j DROP
undo "! $other -w 5 -C FORWARD -s $POD/32 -d $PEER/32 -j DROP 2>/dev/null || $other -w 5 -D FORWARD -s $POD/32 -d $PEER/32 -j DROP"
`,
  },
  'ipset-member-missing': {
    at: 'node',
    pod: 'any',
    trial: toPeer,
    script: `
ipset create allowed-pods hash:net
undo 'ipset destroy allowed-pods 2>/dev/null || true'
ipset add allowed-pods "\${NODE%.*}.0/24"
insert filter FORWARD -s "$POD/32" -m set ! --match-set allowed-pods dst -j DROP
`,
  },
  'input-drops-pods': {
    at: 'node',
    pod: 'any',
    trial: { from: 'pod', to: 'node' },
    script: 'insert filter INPUT -s "$POD/32" -j DROP',
  },
  'output-drops-node': {
    at: 'node',
    pod: 'any',
    trial: { from: 'node', to: 'pod' },
    script: 'insert filter OUTPUT -d "$POD/32" -j DROP',
  },
  // What conntrack does not follow is not translated either.
  'raw-notrack': {
    at: 'node',
    pod: 'any',
    trial: toDns,
    script: 'insert raw PREROUTING -s "$POD/32" -j CT --notrack',
  },
  'snat-missing': {
    at: 'node',
    pod: 'first-eni',
    trial: toInternet,
    only: 'public-subnets',
    script: "take nat POSTROUTING '-j AWS-SNAT-CHAIN-0'",
  },
  'snat-exclusion-missing': {
    at: 'node',
    pod: 'first-eni',
    trial: toPeer,
    shows: 'misdirected',
    // Newer versions of aws-node return where older ones go on.
    script: `
first=$(iptables -w 5 -t nat -S AWS-SNAT-CHAIN-0 | grep -m 1 -e '^-A')
case \${first#-A AWS-SNAT-CHAIN-0 } in
'! -d '*) change nat AWS-SNAT-CHAIN-0 '! -d ' 's/^! -d [^ ]* //';;
'-d '*' -j RETURN') take nat AWS-SNAT-CHAIN-0 '-j RETURN';;
*) fail 'AWS-SNAT-CHAIN-0 excludes nothing';;
esac
`,
  },
  'snat-wrong-source': {
    at: 'node',
    pod: 'first-eni',
    trial: toInternet,
    script: `
chain=$(iptables -w 5 -t nat -S | sed -n 's/^-A \\(AWS-SNAT-CHAIN-[0-9]*\\) .*--to-source.*/\\1/p' | head -n 1)
[ "$chain" ] || fail 'no chain of aws-node rewrites a source'
change nat "$chain" '--to-source' "s/--to-source [^ ]*/--to-source $nobody/"
`,
  },
  'masquerade-too-broad': {
    at: 'node',
    pod: 'first-eni',
    trial: toPeer,
    shows: 'misdirected',
    script: 'insert nat POSTROUTING -s "$POD/32" ! -o docker0 -j MASQUERADE',
  },
  'connmark-save-missing': {
    at: 'node',
    pod: 'later-eni',
    trial: toInternet,
    // A node whose iptables is nftables' has the rule in a table of aws-node's own.
    script: `
rules='nft -a list chain ip aws-cni nat-prerouting'
if $rules 2>/dev/null | grep -q 'jump snat-mark'; then
  handle=$($rules | sed -n 's/.*jump snat-mark # handle //p' | head -n 1)
  before=$($rules | grep '# handle' | grep -B 1 "# handle $handle$" | head -n 1 | sed 's/.*# handle //')
  nft delete rule ip aws-cni nat-prerouting handle "$handle"
  undo "nft list chain ip aws-cni nat-prerouting | grep -q 'jump snat-mark' || nft add rule ip aws-cni nat-prerouting position $before iifname 'eni*' counter jump snat-mark"
else
  take nat PREROUTING '-j AWS-CONNMARK-CHAIN-0'
fi
`,
  },
  // The first packet of a connection gets its mark from the nat table; every other one from here.
  'connmark-restore-missing': {
    at: 'node',
    pod: 'later-eni',
    trial: toWebsite,
    script: "take mangle PREROUTING '-i eni+'",
  },
  // Of a connection's first packet the nat table restores the mark that it has not.
  'foreign-mark-collision': {
    at: 'node',
    pod: 'later-eni',
    trial: { ...toPeer, with: ['--count', '3'] },
    shows: 'sometimes-lost',
    script: 'append mangle PREROUTING -s "$POD/32" -j MARK --set-xmark 0x80/0xffffffff',
  },
  'foreign-mark-cleared': {
    at: 'node',
    pod: 'later-eni',
    trial: toWebsite,
    script: 'append mangle PREROUTING -s "$POD/32" -j MARK --set-xmark 0x40000/0xffffffff',
  },
  'foreign-mark-masquerades': {
    at: 'node',
    pod: 'first-eni',
    trial: toPeer,
    shows: 'misdirected',
    script: 'append mangle PREROUTING -s "$POD/32" -j MARK --set-xmark 0x4000/0x4000',
  },
  'metadata-redirect': {
    at: 'node',
    pod: 'any',
    trial: toMetadata,
    script:
      'insert nat PREROUTING -d 169.254.169.254/32 -i eni+ -p tcp -m tcp --dport 80 -j DNAT --to-destination "$NODE:8181"',
  },
  'stale-dnat': {
    at: 'node',
    pod: 'any',
    trial: toDns,
    script:
      'insert nat PREROUTING -d "$SERVICE/32" -p udp -m udp --dport 53 -j DNAT --to-destination "$nobody:53"',
  },
}
