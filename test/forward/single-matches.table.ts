/**
 * Matches, targets and selectors that random rulesets seldom make: each by itself on a router between a client and a
 * server, a real datagram through it, and the kernel's word against ours. What is not modelled must be `unknown`, and
 * name the line. Needs root, iptables, perl.
 */
export interface Case {
  /** A shell line on the router. */
  readonly router?: string
  /** A shell line on the client. */
  readonly client?: string
  /** The model does not know: then the line that says so must be named. */
  readonly unknown?: string
  /** What others have sent before decides: both ways are told, and the kernel's is one of them. */
  readonly either?: true
}

export const cases: readonly Case[] = [
  { router: 'true' },
  { router: 'iptables -A FORWARD -m physdev ! --physdev-is-bridged -j DROP' },
  { router: 'iptables -A FORWARD -m physdev --physdev-is-bridged -j DROP' },
  { router: 'iptables -t raw -A PREROUTING -i left -m rpfilter --invert -j DROP' },
  { router: 'iptables -t raw -A PREROUTING -i left -m rpfilter -j DROP' },
  { router: 'iptables -A FORWARD -m addrtype --dst-type UNICAST --limit-iface-out -j DROP' },
  {
    router: 'iptables -t mangle -A PREROUTING -i left -m addrtype --dst-type LOCAL --limit-iface-in -j DROP',
  },
  { router: 'iptables -A FORWARD -m comment --comment "two words" -d 10.1.0.2 -j DROP' },
  { router: 'iptables -A FORWARD -m conntrack --ctstate NEW -j DROP' },
  { router: 'iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j DROP' },
  { router: 'iptables -A FORWARD -m state --state INVALID -j DROP' },
  { router: 'iptables -A FORWARD -m conntrack --ctorigdst 10.1.0.2 --ctorigdstport 5353 -j DROP' },
  { router: 'iptables -A FORWARD -m conntrack --ctorigdstport 5354 -j DROP' },
  {
    router:
      'iptables -t raw -A PREROUTING -p udp -j CT --notrack; iptables -A FORWARD -m conntrack --ctstate UNTRACKED -j DROP',
  },
  {
    router:
      'iptables -t mangle -A PREROUTING -i left -j MARK --set-xmark 0x80/0x80; iptables -A FORWARD -m mark --mark 0x80/0x80 -j DROP',
  },
  {
    router:
      'iptables -t mangle -A PREROUTING -i left -j CONNMARK --set-xmark 0x80/0x80; iptables -A FORWARD -i right -m connmark --mark 0x80/0x80 -j DROP',
  },
  { router: 'iptables -A FORWARD -p udp -m multiport --dports 53,5000:5400 -j DROP' },
  { router: 'iptables -A FORWARD -p udp -m multiport --sports 53,5354 -j DROP' },
  { router: 'iptables -A FORWARD -m iprange --src-range 10.0.0.0-10.0.0.1 -j DROP' },
  {
    router:
      'iptables -A FORWARD -m iprange --dst-range 10.0.0.0-10.0.0.9 ! --src-range 0.0.0.0-9.0.0.0 -j DROP',
  },
  {
    router:
      'ipset create -exist near hash:net; ipset add -exist near 10.0.0.0/24; iptables -A FORWARD -m set --match-set near src -j DROP',
  },
  {
    router:
      'ipset create -exist near hash:net; ipset add -exist near 10.0.0.0/24; iptables -A FORWARD -i left -m set ! --match-set near src -j DROP',
  },
  { router: 'iptables -A FORWARD -m mac --mac-source 02:00:00:00:00:01 -j DROP' },
  { router: 'iptables -A FORWARD -m mac --mac-source 02:00:00:00:00:02 -i left -j DROP' },
  { router: 'iptables -A FORWARD -m pkttype --pkt-type unicast -j DROP' },
  { router: 'iptables -A FORWARD -m length --length 0:33 -j DROP' },
  { router: 'iptables -A FORWARD -m length --length 34:100 -j DROP' },
  { router: 'iptables -A FORWARD -m ttl --ttl-eq 63 -j DROP' },
  { router: 'iptables -A FORWARD -m ttl --ttl-lt 63 -j DROP' },
  { router: 'iptables -t mangle -A PREROUTING -j TTL --ttl-set 1' },
  { router: 'iptables -t mangle -A POSTROUTING -j TTL --ttl-set 1' },
  {
    router:
      'iptables -t mangle -A PREROUTING -j DSCP --set-dscp 0x2e; iptables -A FORWARD -m dscp --dscp-class EF -j DROP',
  },
  { router: 'iptables -A FORWARD -m statistic --mode random --probability 1 -j DROP' },
  { router: 'iptables -A FORWARD -p udp -m udp --dport 5353 -j REJECT' },
  { router: 'iptables -A FORWARD -p icmp -m icmp --icmp-type any -j DROP' },
  { router: 'iptables -A FORWARD -p tcp -m tcp --tcp-flags SYN,ACK SYN -j DROP' },
  { router: 'iptables -A FORWARD -j LOG --log-prefix "a b "; iptables -A FORWARD -j NFLOG --nflog-group 9' },
  { router: 'iptables -t raw -A PREROUTING -j TRACE' },
  { router: 'iptables -t nat -A PREROUTING -d 10.1.0.0/24 -j NETMAP --to 10.9.0.0/24' },
  { router: 'iptables -t nat -A PREROUTING -d 10.1.0.2 -p udp -j DNAT --to-destination 10.1.0.9' },
  { router: 'iptables -t nat -A POSTROUTING -s 10.0.0.1 -j SNAT --to-source 10.1.0.1' },
  { router: 'iptables -t nat -A POSTROUTING -o right -j MASQUERADE --random-fully' },
  { router: 'iptables -P FORWARD DROP' },
  {
    router:
      'iptables -N OWN; iptables -A OWN -j RETURN; iptables -A FORWARD -g OWN; iptables -A FORWARD -j DROP',
  },
  { router: 'iptables -A FORWARD -m limit --limit 1/min -j ACCEPT' },
  {
    router:
      'ipset create -exist ways hash:net,iface; ipset add -exist ways 10.0.0.0/24,le wildcard; iptables -A FORWARD -m set --match-set ways src,src -j DROP',
  },
  {
    router:
      'ipset create -exist marked hash:ip,mark markmask 0xf0; ipset add -exist marked 10.0.0.1,0x10; iptables -t mangle -A PREROUTING -j MARK --set-mark 0x1f; iptables -A FORWARD -m set --match-set marked src,src -j DROP',
  },
  {
    router:
      'ipset create -exist kinds hash:ip,port; ipset add -exist kinds 10.1.0.2,icmp:echo-request; ipset add -exist kinds 10.1.0.2,udp:5353; iptables -A FORWARD -m set --match-set kinds dst,dst -j DROP',
  },
  { router: 'iptables -A FORWARD -m conntrack --ctstatus ASSURED -j DROP' },
  { router: 'iptables -A FORWARD -m conntrack ! --ctstatus ASSURED -j DROP' },
  { router: 'iptables -A FORWARD -i left -m conntrack --ctstatus CONFIRMED -j DROP' },
  { router: 'iptables -A FORWARD -i right -m conntrack --ctstatus CONFIRMED -j DROP' },
  { router: 'iptables -A FORWARD -i right -m conntrack --ctstatus SEEN_REPLY -j DROP' },
  { router: 'iptables -A FORWARD -i right -m conntrack --ctstatus NONE,EXPECTED -j DROP' },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c ct status assured drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c ct status ! assured drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c iifname left ct status confirmed drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c iifname right ct status confirmed drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c iifname left ct status seen-reply,dnat drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c iifname right ct status seen-reply,dnat drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c iifname right ct status ! snat,dnat drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c iifname right ct status & (seen-reply|confirmed) == seen-reply drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c iifname right ct status & (seen-reply|confirmed|assured) == seen-reply|confirmed drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c iifname left ct status { dnat, assured } drop'",
    unknown: 'ct status',
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c iifname left ct status != dnat drop'",
    unknown: 'ct status',
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c ct state ! new drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c ct state ! established drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c ct state ! new,established drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c ct state != new drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c meta l4proto udp ct state new,established drop'",
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c quota over 25 mbytes drop'",
    either: true,
  },
  {
    router:
      "nft 'add table ip t; add chain ip t c { type filter hook forward priority 10; }; add rule ip t c limit rate over 1000/second drop'",
    either: true,
  },
  { router: "iptables -A FORWARD -m u32 --u32 '6&0xFF=17' -j DROP", unknown: '-m u32' },
  { router: 'iptables -A FORWARD -m recent --name seen1 --set -j DROP' },
  { router: 'iptables -A FORWARD -m recent --name seen2 ! --set -j DROP' },
  {
    router:
      'iptables -A FORWARD -m recent --name seen3 --set; iptables -A FORWARD -i left -m recent --name seen3 --rcheck --seconds 60 -j DROP',
  },
  { router: 'iptables -A FORWARD -m recent --name seen4 --update --seconds 60 -j DROP', either: true },
  { router: 'iptables -A FORWARD -m recent --name seen5 ! --rcheck --rdest -j DROP', either: true },
  { router: 'iptables -A FORWARD -m recent --name seen6 --remove -j DROP', either: true },
  {
    router:
      'iptables -A FORWARD -m recent --name seen7 --set; iptables -A FORWARD -m recent --name seen7 --update --seconds 60 --hitcount 9 -j DROP',
    either: true,
  },
  { router: 'iptables -A FORWARD -m limit --limit 1/hour --limit-burst 1 -j DROP', either: true },
  {
    router:
      'iptables -A FORWARD -m hashlimit --hashlimit-above 100/sec --hashlimit-mode srcip --hashlimit-name h1 -j DROP',
    either: true,
  },
  { router: 'iptables -A FORWARD -m connlimit --connlimit-above 0 -j DROP' },
  { router: 'iptables -A FORWARD -m connlimit --connlimit-above 20 -j DROP', either: true },
  { router: 'iptables -A FORWARD -m quota --quota 0 -j DROP' },
  { router: 'iptables -A FORWARD -m quota --quota 10000 -j DROP', either: true },
  { router: 'iptables -t nat -A POSTROUTING -o right -j SNAT --to-source 10.1.0.1-10.1.0.2' },
  { router: 'iptables -t nat -A POSTROUTING -o right -j SNAT --to-source 10.1.0.1-10.1.0.3 --persistent' },
  { router: 'iptables -t nat -A POSTROUTING -o right -j SNAT --to-source 10.1.0.0-10.1.0.1' },
  { router: 'iptables -t nat -A POSTROUTING -o right -j SNAT --to-source 10.1.0.1-10.1.0.40' },
  { router: 'iptables -t nat -A PREROUTING -i left -j DNAT --to-destination 10.1.0.2-10.1.0.3' },
  { router: 'iptables -t nat -A PREROUTING -i left -j DNAT --to-destination 10.1.0.1-10.1.0.2' },
  { router: 'iptables -t nat -A PREROUTING -i left -j DNAT --to-destination 10.1.0.2-10.1.0.20' },
  { router: 'iptables -t nat -A PREROUTING -i left -j DNAT --to-destination 10.1.0.2-10.1.0.3 --persistent' },
  {
    router: 'iptables -t nat -A PREROUTING -i left -p udp -j DNAT --to-destination 10.1.0.2:5350-5359/5350',
  },
  ...[
    'table ip t { flags dormant; chain c { type filter hook forward priority 10; drop; }; }',
    'table ip t { chain c { type filter hook forward priority 10; ip daddr & 255.255.0.255 == 10.1.0.2 drop; }; }',
    'table ip t { chain c { type filter hook forward priority 10; ip daddr & 255.255.0.255 == 10.1.0.3 drop; }; }',
    'table ip t { chain c { type filter hook forward priority 10; icmp code port-unreachable drop; }; }',
    'table ip t { chain c { type filter hook prerouting priority 10; fib saddr . iif oif missing drop; }; }',
    'table ip t { chain c { type filter hook prerouting priority 10; fib saddr . iif oif exists drop; }; }',
    'table ip t { map m { type ipv4_addr : ipv4_addr; elements = { 10.1.0.2 : 10.1.0.9 }; }; chain c { type nat hook prerouting priority -90; dnat to ip daddr map @m; }; }',
    'table ip t { map m { type ipv4_addr : ipv4_addr; elements = { 10.1.0.3 : 10.1.0.9 }; }; chain c { type nat hook prerouting priority -90; dnat to ip daddr map @m; }; }',
    'table ip t { chain c { type nat hook prerouting priority -90; dnat ip to udp dport map { 5353 : 10.1.0.9 . 5353 }; }; }',
    'table ip t { chain c { type nat hook postrouting priority 110; snat to ip saddr map { 10.0.0.1 : 10.1.0.1 }; }; }',
    'table ip t { chain c { type nat hook postrouting priority 110; oifname right snat to 10.1.0.1-10.1.0.5; }; }',
    'table ip t { quota q { over 25 mbytes }; chain c { type filter hook forward priority 10; counter; ct mark set 1; }; }',
  ].map((text) => ({ router: `nft '${text}'` })),
  {
    router:
      "nft 'table netdev t { chain c { type filter hook egress device right priority 10; policy drop; }; }'",
    unknown: 'nft netdev t c',
  },
  {
    router:
      "nft 'table inet t { chain c { type filter hook ingress device left priority 10; ip daddr 10.1.0.2 drop; }; }'",
    // What this nft prints does not name the device.
    unknown: 'nft inet t c',
  },
  {
    router:
      "nft 'table inet t { chain c { type filter hook ingress device right priority 10; ip daddr 10.1.0.2 drop; }; }'",
    // What this nft prints does not name the device.
    unknown: 'nft inet t c',
  },
  {
    router:
      "nft 'table netdev t { chain c { type filter hook egress device right priority 10; ip daddr 10.1.0.2 drop; }; }'",
    // What this nft prints does not name the device.
    unknown: 'nft netdev t c',
  },
  {
    router:
      "nft 'table netdev t { chain c { type filter hook egress device left priority 10; udp dport 5353 drop; }; }'",
    // What this nft prints does not name the device.
    unknown: 'nft netdev t c',
  },
  {
    router:
      "nft 'table netdev t { chain c { type filter hook ingress device left priority 10; udp dport 5353 drop; }; }'",
    // What this nft prints does not name the device.
    unknown: 'nft netdev t c',
  },
  {
    router: "nft 'table arp t { chain c { type filter hook input priority 0; policy drop; }; }'",
    unknown: 'nft arp t c',
  },
  {
    router:
      "nft 'table ip t { limit l { rate over 1000/second }; chain c { type filter hook forward priority 10; limit name l drop; }; }'",
    either: true,
  },
  {
    router:
      "nft 'table ip t { set s { type ipv4_addr; flags dynamic; }; chain c { type filter hook forward priority 10; add @s { ip saddr limit rate over 1000/second } drop; }; }'",
    either: true,
  },
  { router: 'iptables -t mangle -A PREROUTING -i left -m socket -j DROP', unknown: '-m socket' },
  {
    router: 'iptables -t mangle -A PREROUTING -i left -p udp -j TPROXY --on-port 9 --on-ip 10.0.0.2',
    unknown: '-j TPROXY',
  },
  { client: 'ip rule add pref 100 uidrange 0-10 prohibit' },
  { client: 'ip rule add pref 100 uidrange 5-10 prohibit' },
  { client: 'ip rule add pref 100 lookup main suppress_prefixlength 0' },
  { client: 'ip rule add pref 100 not to 10.2.0.0/16 unreachable' },
  { client: 'ip rule add pref 100 ipproto udp dport 5353 blackhole' },
  { client: 'ip rule add pref 100 ipproto udp dport 5000-5352 blackhole' },
]
