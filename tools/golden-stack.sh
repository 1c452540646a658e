#!/bin/bash
# Prints one network namespace that uses every feature that src/linux reads: each command's output in a file of its own.
# Needs root. The namespace ends with this script. tools/write-goldens.ts runs it on each Debian.
#
#   golden-stack.sh DIRECTORY
set -euo pipefail

if [ "${1:-}" != "--inside" ]; then
  out=$(realpath "${1:?usage: golden-stack.sh DIRECTORY}")
  exec unshare --net --mount --propagation private bash "$0" --inside "$out"
fi
cd "$2"
mount -t tmpfs tmpfs /run
export LC_ALL=C

set_to() { echo "$2" >"/proc/sys/net/$1"; }
set_to ipv6/conf/default/accept_dad 0
set_to ipv6/conf/all/accept_dad 0
set_to ipv4/ip_forward 1

# Interfaces and addresses.
ip link set lo up
ip link add eniabc address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:02
ip link add eth1 address 02:00:00:00:00:03 type bridge
ip link add mac.eth.1 address 02:00:00:00:00:04 link eth0 mtu 1400 type macvlan mode bridge
ip link add port0 address 02:00:00:00:00:05 mtu 9001 group 5 type veth peer name port1 address 02:00:00:00:00:06
ip link set port0 master eth1
ip link add vx0 address 02:00:00:00:00:07 type vxlan id 7 local 192.168.1.138 dstport 4789 nolearning
ip link set eniabc alias 'a "pod"'
for device in eniabc eth0 eth1 mac.eth.1; do ip link set "$device" up; done
ip addr add 192.168.1.138/24 brd + dev eth0
ip addr add 192.168.1.139/24 brd + dev eth0
ip addr add 10.9.9.1 peer 10.9.9.2/32 dev eth0
ip addr add fd00::1/64 dev eth0 nodad
ip addr add 192.168.1.55/24 metric 512 dev eth1
ip addr add 172.31.0.1/32 dev eth1 noprefixroute valid_lft 4294967294 preferred_lft 4294967294 label eth1:0

# Rules.
ip rule add pref 512 to 192.168.1.197 lookup main
ip rule add pref 1024 fwmark 0x80/0x80 lookup main
ip rule add pref 1025 fwmark 0x80 lookup 2
ip rule add pref 1536 from 192.168.1.60 lookup 2
ip rule add pref 2000 not from 10.0.0.0/8 to 1.2.3.4 iif eth0 oif eth1 lookup 100
ip rule add pref 2001 tos 0x10 uidrange 0-1000 ipproto tcp sport 1000-2000 dport 53 lookup 100
ip rule add pref 2002 lookup main suppress_prefixlength 0
ip rule add pref 2003 lookup main suppress_ifgroup 5
ip rule add pref 3000 nop
ip rule add pref 2006 goto 3000
ip rule add pref 3001 from 9.9.9.9 blackhole
ip rule add pref 3002 to 9.9.9.8 prohibit
ip rule add pref 3003 iif lo unreachable
ip rule add pref 3004 iif nosuch lookup 7
ip rule add pref 3005 goto 4000
ip rule add pref 3006 lookup 100 protocol 55
ip rule add pref 3007 lookup 100 realms 3/4
ip rule add pref 3008 l3mdev
ip rule add pref 3009 ipproto gre tun_id 4 lookup 5
ip -6 rule add pref 99 from fd00::/64 lookup 100

# Routes.
ip route add default via 192.168.1.1 dev eth0
ip route add 192.168.1.1 dev eth1 table 2 scope link
ip route add default via 192.168.1.1 dev eth1 table 2 onlink
ip route add prohibit 10.3.0.0/16 table 100
ip route add throw 10.4.0.0/16 table 100
ip route add 10.0.0.0/8 nexthop via 192.168.1.2 dev eth0 weight 3 nexthop via 192.168.1.3 dev eth0 weight 1
ip route add blackhole 10.1.0.0/16 metric 5
ip route add unreachable 10.2.0.0/16
ip route add 10.5.0.0/16 tos 0x10 via 192.168.1.2 dev eth0 proto 99 src 192.168.1.138 metric 22 mtu 1400 advmss 1300
ip route add 10.6.0.0/16 via inet6 fd00::2 dev eth0
ip route add 10.7.0.0/16 via 192.168.1.2 dev eth0 mtu lock 1300
ip route add 10.8.0.0/16 dev eth0 realm 4
ip nexthop add id 7 via 192.168.1.9 dev eth0
ip nexthop add id 8 via 192.168.1.10 dev eth0
ip nexthop add id 9 group 7,3/8,5
ip route add 10.11.0.0/16 nhid 7
ip route add 10.12.0.0/16 nhid 9
ip route add local 172.16.0.0/16 dev lo table local
ip route add 10.13.0.0/16 dev eth0 proto dhcp scope link initcwnd 10 rto_min 40ms quickack 1 congctl reno
ip route add 10.14.0.0/16 encap ip id 7 dst 1.2.3.4 dev eth0
ip route add 10.15.0.0/16 nexthop encap ip id 7 dst 1.2.3.4 dev eth0 weight 1 nexthop via 192.168.1.2 dev eth0 weight 2
ip -6 route add default via fd00::5 dev eth0
ip -6 route add fd01::/64 nexthop via fd00::6 dev eth0 weight 1 nexthop via fd00::7 dev eth0 weight 2
ip -6 route add blackhole fd02::/64
ip -6 route add unreachable fd03::/64 table 100
ip -6 route add fd04::/64 via fd00::9 dev eth0 src fd00::1 metric 12 pref high

# Neighbours.
ip neigh add 192.168.1.1 lladdr aa:bb:cc:dd:ee:ff dev eth0 nud permanent
ip neigh add 192.168.1.2 lladdr aa:bb:cc:dd:ee:00 dev eth0 nud stale
ip neigh add 192.168.1.3 lladdr aa:bb:cc:dd:ee:01 dev eth0 nud noarp
ip neigh add fd00::5 lladdr aa:bb:cc:dd:ee:ff dev eth0 router nud permanent
ip neigh add proxy 192.168.1.200 dev eth0

# Sets. With a given initval the members are hashed, and so printed, in one order.
ipset create foo hash:net,port initval 0x4119489f
for port in 80 81 82; do ipset add foo "10.0.0.0/8,tcp:$port"; done
ipset add foo 10.1.0.0/16,udp:53 nomatch
ipset create bar hash:ip,port,net counters comment initval 0xd3014dee
ipset add bar 1.2.3.4,udp:53,10.0.0.0/8 comment 'hi there'
ipset create six hash:ip family inet6 initval 0xd3014dee
ipset add six fd00::9
ipset create bm bitmap:port range 0-1024
ipset add bm 80
ipset create lst list:set size 8
ipset add lst foo

# iptables, both kinds: what kube-proxy and the VPC CNI write, and what administrators add.
nft_rules() {
  cat <<'END'
*mangle
:AWS-CONN - [0:0]
-A PREROUTING -i eth0 -m comment --comment "AWS, primary ENI" -m addrtype --dst-type LOCAL --limit-iface-in -j CONNMARK --set-xmark 0x80/0x80
-A PREROUTING -i eni+ -m comment --comment "AWS, primary ENI" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80
-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
-A POSTROUTING -p tcp --dport 22 -j DSCP --set-dscp 0x0a
-A PREROUTING -j TTL --ttl-inc 1
COMMIT
*filter
:KUBE-FORWARD - [0:0]
-A FORWARD ! -s 10.0.0.0/8 ! -i eth+ -p icmp -m icmp --icmp-type 8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT --ctorigdst 1.2.3.4 -j REJECT --reject-with icmp-port-unreachable
-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -m set ! --match-set foo src,dst -m limit --limit 5/min -j LOG --log-prefix "x y "
-A FORWARD -j KUBE-FORWARD
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -p udp -m udp --sport 1024:65535 ! --dport 53 -m length --length 0:512 -j RETURN
-A INPUT -p icmp -m icmp --icmp-type any -j ACCEPT
-A INPUT -p 47 -j ACCEPT
-A INPUT -p sctp --dport 132 -j ACCEPT
-A INPUT -p tcp -m tcp --tcp-option 2 -m connlimit --connlimit-above 10 --connlimit-mask 32 -j REJECT --reject-with tcp-reset
-A INPUT -m pkttype --pkt-type multicast -m time --timestart 08:00:00 --timestop 17:00:00 -j DROP
-A INPUT -m iprange --src-range 10.0.0.1-10.0.0.9 -m hashlimit --hashlimit-upto 5/sec --hashlimit-mode srcip --hashlimit-name one -j ACCEPT
-A INPUT -m mac --mac-source aa:bb:cc:dd:ee:ff -g KUBE-FORWARD
-A OUTPUT -m owner --uid-owner 1000 -j NFLOG --nflog-group 5 --nflog-prefix "p q"
COMMIT
*nat
:KUBE-SERVICES - [0:0]
:KUBE-SVC-A - [0:0]
:KUBE-SEP-A - [0:0]
:KUBE-SEP-B - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-POSTROUTING - [0:0]
:AWS-SNAT-CHAIN-0 - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.100.0.10/32 -p udp -m comment --comment "kube-system/kube-dns:dns cluster IP" -m udp --dport 53 -j KUBE-SVC-A
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j RETURN
-A KUBE-SVC-A -m comment --comment "kube-system/kube-dns:dns -> 192.168.1.37:53" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-A --mask 255.255.255.255 --rsource -j KUBE-SEP-A
-A KUBE-SVC-A -m comment --comment "kube-system/kube-dns:dns -> 192.168.1.37:53" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-A
-A KUBE-SVC-A -j KUBE-SEP-B
-A KUBE-SEP-A -s 192.168.1.37/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-A -p udp -m recent --set --name KUBE-SEP-A --mask 255.255.255.255 --rsource -m udp -j DNAT --to-destination 192.168.1.37:53
-A KUBE-SEP-B -p udp -m udp -j DNAT --to-destination 192.168.2.39:53 --persistent
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0
-A AWS-SNAT-CHAIN-0 ! -d 192.168.0.0/16 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138 --random-fully
-A POSTROUTING -d 1.2.3.4/32 -p tcp -m comment --comment "a \"b c" -m multiport --dports 80,443:445 -j SNAT --to-source 9.9.9.9-9.9.9.12:1000-2000 --random-fully
-A PREROUTING -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 80
-A OUTPUT -d 10.0.0.0/24 -j NETMAP --to 10.1.0.0/24
COMMIT
*raw
-A PREROUTING -p udp --dport 53 -j CT --notrack
-A PREROUTING -m rpfilter --invert -j DROP
COMMIT
END
}
legacy_rules() {
  cat <<'END'
*filter
-A INPUT -f -m state --state NEW -m mark --mark 0x1/0xff -j DROP
-A FORWARD -m physdev --physdev-in eth0 -j ACCEPT
COMMIT
*nat
-A PREROUTING -p udp -m udp --dport 53 -j DNAT --to-destination 1.1.1.1:53
COMMIT
END
}
six_rules() {
  cat <<'END'
*filter
-A FORWARD -s fd00::/64 -p ipv6-icmp -m icmp6 --icmpv6-type 128 -m hl --hl-gt 3 -j REJECT --reject-with icmp6-adm-prohibited
-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type router-advertisement -j ACCEPT
-A INPUT -m set --match-set six src -j DROP
COMMIT
*nat
-A POSTROUTING -o eth0 -j MASQUERADE
COMMIT
END
}
nft_rules | iptables-nft-restore
legacy_rules | iptables-legacy-restore --wait
six_rules | ip6tables-nft-restore

# nft's own tables.
nft -f - <<'END'
table ip aws-cni {
  comment "of the VPC CNI"
  chain nat-prerouting {
    type nat hook prerouting priority -90; policy accept;
    fib daddr type local return
    iifname "eni*" counter jump snat-mark
    meta mark set ct mark and 0x80
  }
  chain snat-mark {
    counter ip daddr 192.168.0.0/16 return
    counter ct mark set ct mark or 0x80
  }
}
table inet own {
  set blocked { type ipv4_addr; flags interval; elements = { 10.1.0.0/16, 10.2.0.5-10.2.0.9, 192.0.2.1 } }
  set services { type ipv4_addr . inet_proto . inet_service; elements = { 10.0.0.1 . tcp . 80, 10.0.0.2 . udp . 53 } }
  set timed { type ipv4_addr; flags timeout; timeout 1h; }
  map ports { type inet_service : ipv4_addr; elements = { 80 : 10.0.0.1, 443 : 10.0.0.2 } }
  map verdicts { type ifname : verdict; elements = { "eth0" : jump inner, "eth1" : drop } }
  counter seen { }
  chain inner { return; }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname vmap @verdicts
    ip saddr @blocked counter drop comment "blocked ones"
    ip daddr . meta l4proto . th dport @services accept
    tcp dport { 22, 80, 8000-8999 } tcp flags & (fin | syn | rst | ack) == syn limit rate 10/second burst 5 packets accept
    icmp type echo-request icmp code 0 ip ttl > 3 accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    ip dscp cs1 ip length 100-200 meta mark & 0xff == 0x1 log prefix "odd " level info
    oif "eth0" meta pkttype host ether saddr 02:00:00:00:00:01 goto inner
    ct original ip daddr 10.100.0.10 ct direction reply ct status dnat accept
    reject with icmpx type admin-prohibited
  }
  chain sources {
    type nat hook postrouting priority srcnat;
    oifname != "lo" ip saddr 192.168.0.0/16 snat ip to 192.168.1.138 fully-random
    meta l4proto tcp masquerade to :1024-65535 random
  }
  chain destinations {
    type nat hook prerouting priority dstnat + 5;
    tcp dport 8080 dnat ip to tcp dport map @ports
    udp dport 53 redirect to :5353
    ip daddr 10.9.0.1 dnat ip to numgen random mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }
  }
  chain early {
    type filter hook prerouting priority raw;
    fib saddr . iif oif missing drop
    udp dport 4789 notrack
    meta nftrace set 1
    ip6 hoplimit < 3 exthdr frag exists drop
  }
}
END

# Connections.
{
  conntrack -I -p tcp -s 192.168.1.197 -d 10.100.200.50 --sport 40000 --dport 80 -r 192.168.3.143 -q 192.168.1.197 \
    --reply-port-src 80 --reply-port-dst 40000 --state ESTABLISHED -u ASSURED,SEEN_REPLY -t 400000
  conntrack -I -p udp -s 192.168.1.197 -d 10.100.0.10 --sport 50000 --dport 53 -r 192.168.2.10 -q 192.168.1.197 \
    --reply-port-src 53 --reply-port-dst 50000 -m 128 -t 400000
  conntrack -I -p icmp -s 192.168.1.197 -d 8.8.8.8 --icmp-type 8 --icmp-code 0 --icmp-id 106 -m 128 -t 400000
} 2>/dev/null

ip -json -details link show >link.json
ip link show >link.txt
ip -json addr show >addr.json
ip addr show >addr.txt
ip -json rule show >rule.json
ip rule show >rule.txt
ip -json -6 rule show >rule6.json
ip -6 rule show >rule6.txt
ip -json route show table all >route.json
ip route show table all >route.txt
ip -json -6 route show table all >route6.json
ip -6 route show table all >route6.txt
ip -json neigh show >neigh.json
ip neigh show >neigh.txt
ip -json neigh show proxy >neigh-proxy.json
ipset save >ipset-save.txt
iptables-nft-save >iptables-save.txt 2>/dev/null
ip6tables-nft-save >ip6tables-save.txt 2>/dev/null
iptables-nft-save -c >iptables-counted-save.txt 2>/dev/null
iptables-legacy-save >iptables-legacy-save.txt
nft -j list ruleset >nft.json 2>/dev/null
# Not what the kernel itself sends, of which nobody knows when.
conntrack -L --orig-src 192.168.1.197 >conntrack.txt 2>/dev/null

# tcpdump: a capture on all interfaces, what it says of it, and what it says of a filter that is none.
tcpdump -i any -w tcpdump.pcap -U -s 160 -c 2 --immediate-mode -Z root -- 'udp dst port 9' 2>tcpdump-log.txt &
for _ in $(seq 100); do
  grep -q 'listening on' tcpdump-log.txt && break
  sleep 0.1
done
for payload in one two; do echo "$payload" >/dev/udp/127.0.0.1/9 || :; done
wait $!
tcpdump -i any -d -- 'icmp and (' 2>tcpdump-bad-filter.txt || :

{
  ip -V
  iptables --version
  nft --version
  ipset --version
  conntrack --version
  tcpdump --version
} >versions.txt 2>&1

# Selectors that only newer tools know.
if ip rule add pref 2004 dscp AF11 lookup 100 2>/dev/null; then
  ip rule add pref 2005 dport 80/0xff lookup 100
  ip -6 rule add pref 100 flowlabel 0x12345 lookup 100
  ip -json rule show >newer-rule.json
  ip rule show >newer-rule.txt
  ip -json -6 rule show >newer-rule6.json
fi
