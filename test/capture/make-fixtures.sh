#!/bin/bash
# Makes the captures in src/capture/fixtures: two pods on two nodes, a VPC router that does not count as a hop, an
# internet gateway, and tcpdump in every stack. Needs root. Everything lives in namespaces that end with this script.
#
#   test/capture/make-fixtures.sh DIRECTORY
set -euo pipefail

if [ "${1:-}" != "--inside" ]; then
  out=$(realpath "${1:?usage: make-fixtures.sh DIRECTORY}")
  mkdir -p "$out"
  exec unshare --net --mount --pid --fork --kill-child bash "$0" --inside "$out"
fi
out=$2

mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
stacks="pod1 pod3 node1 node3 vpc internet"
for stack in $stacks; do
  ip netns add "$stack"
  ip -n "$stack" link set lo up
  ip netns exec "$stack" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
done
on() { ip netns exec "$@"; }

wire() { # stack interface, stack interface
  ip -n "$1" link add "$2" type veth peer name "$4" netns "$3"
  ip -n "$1" link set "$2" up
  ip -n "$3" link set "$4" up
}
wire pod1 eth0 node1 eni1
wire pod3 eth0 node3 eni3
wire node1 eth0 vpc n1
wire node3 eth0 vpc n3
wire vpc igw internet eth0

pod() { # stack address node veth
  ip -n "$1" addr add "$2/32" dev eth0
  ip -n "$1" route add 169.254.1.1 dev eth0
  ip -n "$1" route add default via 169.254.1.1 dev eth0
  on "$3" sysctl -qw "net.ipv4.conf.$4.proxy_arp=1" "net.ipv4.neigh.$4.proxy_delay=0"
  ip -n "$3" route add "$2" dev "$4"
}
pod pod1 192.168.1.239 node1 eni1
pod pod3 192.168.3.143 node3 eni3
node() { # stack address vpc-interface pod-address
  ip -n "$1" addr add "$2/32" dev eth0
  ip -n "$1" route add 169.254.0.1 dev eth0
  ip -n "$1" route add default via 169.254.0.1 dev eth0 onlink
  on "$1" sysctl -qw net.ipv4.ip_forward=1
  ip -n vpc addr add 169.254.0.1/32 dev "$3"
  ip -n vpc route add "$2" dev "$3"
  ip -n vpc route add "$4" via "$2" dev "$3" onlink
}
node node1 192.168.1.138 n1 192.168.1.239
node node3 192.168.3.20 n3 192.168.3.143
on vpc sysctl -qw net.ipv4.ip_forward=1
ip -n vpc addr add 203.0.113.1/24 dev igw
ip -n internet addr add 203.0.113.80/24 dev eth0
ip -n internet addr add 198.51.100.7/32 dev eth0
ip -n vpc route add 198.51.100.7 via 203.0.113.80
ip -n internet route add 203.0.113.10 via 203.0.113.1
on vpc iptables -t mangle -A PREROUTING -j TTL --ttl-inc 1
on vpc iptables -t nat -A POSTROUTING -o igw -s 192.168.1.138 -j SNAT --to-source 203.0.113.10
on node1 iptables -t nat -A PREROUTING -d 10.100.0.10 -p tcp --dport 80 -j DNAT --to-destination 192.168.3.143:8080
on node1 iptables -t nat -A PREROUTING -d 10.100.0.10 -p udp --dport 53 -j DNAT --to-destination 192.168.3.143:5353
on node1 iptables -t nat -A POSTROUTING ! -d 192.168.0.0/16 -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138 --random-fully
on node3 iptables -A FORWARD -d 192.168.3.143 -p icmp -m length --length 1028 -j DROP
on node3 iptables -A FORWARD -d 192.168.3.143 -p tcp --dport 9999 -j REJECT --reject-with icmp-admin-prohibited
ip -n pod1 -6 addr add fd00::1/64 dev eth0 nodad
ip -n node1 -6 addr add fd00::2/64 dev eni1 nodad

captures=()
capture() { # file stack options…
  local file=$1 stack=$2
  shift 2
  on "$stack" tcpdump -Z root -U --immediate-mode -s 128 "$@" -w "$out/$file.pcap" 2>"$out/$file.err" &
  captures+=($!)
}
capture pod1 pod1 -i any
capture node1 node1 -i any --time-stamp-precision=nano
capture node3 node3 -i any
capture pod3 pod3 -i any
capture node1-sll node1 -i any -y LINUX_SLL
capture node1-ethernet node1 -i eth0
capture internet internet -i eth0
for file in pod1 node1 node3 pod3 node1-sll node1-ethernet internet; do
  for _ in $(seq 100); do
    grep -q 'listening on' "$out/$file.err" && break
    sleep 0.05
  done
  grep -q 'listening on' "$out/$file.err"
done

on pod3 python3 -c '
import socket, threading
def http():
    s = socket.create_server(("192.168.3.143", 8080))
    c, _ = s.accept(); c.recv(1000); c.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n"); c.close()
threading.Thread(target=http, daemon=True).start()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("192.168.3.143", 5353))
q, a = u.recvfrom(1000)
end = q.index(b"\0", 12) + 5
u.sendto(q[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + q[12:end] + b"\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4" + bytes([198, 51, 100, 7]), a)
threading.Event().wait(20)
' &
server=$!
for _ in $(seq 100); do
  on pod3 ss -lnu | grep -q 5353 && on pod3 ss -lnt | grep -q 8080 && break
  sleep 0.05
done

on pod1 ping -nq -c 2 -i 0.2 192.168.3.143 >"$out/ping-pod3.txt"
on pod1 ping -nq -c 2 -i 0.2 198.51.100.7 >"$out/ping-internet.txt"
on pod1 ping -nq -c 1 -W 1 -s 1000 192.168.3.143 >"$out/ping-dropped.txt" || true
on pod1 ping -nq -c 1 fd00::2 >"$out/ping6.txt"
on pod1 dig +tries=1 +timeout=2 @10.100.0.10 www.example.com A >"$out/dig.txt" || true
on pod1 curl -s -m 3 http://10.100.0.10/ >"$out/curl.txt" || true
on pod1 curl -s -m 3 http://192.168.3.143:9999/ >"$out/curl-refused.txt" || true
sleep 0.3
kill "$server" || true
for pid in "${captures[@]}"; do kill -TERM "$pid"; done
for pid in "${captures[@]}"; do wait "$pid" || true; done
for stack in pod1 node1 node3 pod3; do on "$stack" ip -json link show >"$out/$stack.link.json"; done
