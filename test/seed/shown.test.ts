import { expect, test } from 'vitest'
import { notPrinted } from './shown.ts'

const printed = [
  'PING 192.168.3.143 (192.168.3.143) 56(84) bytes of data.',
  '64 bytes from 192.168.3.143: icmp_seq=1 ttl=62 time=0.534 ms',
  '',
  '--- 192.168.3.143 ping statistics ---',
  '1 packets transmitted, 1 received, 0% packet loss, time 0ms',
  'rtt min/avg/max/mdev = 0.440/0.440/0.440/0.000 ms',
].join('\n')
const reply = '64 bytes from 192.168.3.143: icmp_seq=1 ttl=62 time=0.9 ms'

test.each([
  { shown: printed, not: null, because: 'it is the whole' },
  { shown: `…\n${reply}\n…`, not: null, because: 'what is left out is marked, and a time may be another' },
  { shown: `…\n${reply}`, not: reply, because: 'what follows is left out without a mark' },
  { shown: `${reply}\n…`, not: reply, because: 'what comes before is left out without a mark' },
  {
    shown: `…\n${reply}\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n…`,
    not: `${reply}\n1 packets transmitted, 1 received, 0% packet loss, time 0ms`,
    because: 'a line between is left out without a mark',
  },
  {
    shown: `…\nrtt min/avg/max/mdev = 1.4/1.4/1.4/0.0 ms\n…\n${reply}\n…`,
    not: reply,
    because: 'the order is another',
  },
  {
    shown: '…\n64 bytes from 192.168.3.143: icmp_seq=1 ttl=63 time=0.9 ms\n…',
    not: '64 bytes from 192.168.3.143: icmp_seq=1 ttl=63 time=0.9 ms',
    because: 'a TTL does not change from run to run',
  },
])('a page shows what was printed or not: $because', ({ shown, not }) => {
  expect(notPrinted(shown, printed)).toBe(not)
})

test.each([
  {
    shown:
      '    3   204 SNAT       0    --  *      !vlan+  0.0.0.0/0            0.0.0.0/0            /* AWS, SNAT */',
    printed:
      '1234K   20M SNAT       all  --  *      !vlan+  0.0.0.0/0            0.0.0.0/0            /* AWS, SNAT */',
    because: 'counters count, and iptables 1.8.9 calls every protocol 0',
  },
  {
    shown: '64 bytes from 198.51.100.100 (198.51.100.100): icmp_seq=1 ttl=63 time=0.440 ms',
    printed: '64 bytes from 198.51.100.100: icmp_seq=1 ttl=63 time=0.07 ms',
    because: 'ping of 2024 writes an address without a name once',
  },
  {
    shown: 'deployment.apps "netshoot-pod" deleted',
    printed: 'deployment.apps "netshoot-pod" deleted from default namespace',
    because: 'kubectl says more since 1.34',
  },
  {
    shown: 'ip-192-168-3-20   Ready    <none>   30s   v1.32.9',
    printed: 'ip-192-168-3-20   Ready    <none>   2m17s   v1.32.9',
    because: 'a node grows older',
  },
  {
    shown: '  ✓ ping 192.168.1.239 → 192.168.2.84   2 of 2 answered · rtt 256 µs, 1.20 ms · ttl 62',
    printed: '  ✓ ping 192.168.1.239 → 192.168.2.84\n    2 of 2 answered · rtt 92 µs, 97 µs · ttl 62',
    because: 'longer times may not fit in the line',
  },
  {
    shown: '│ node  ip-192-168-1-138 │\n╰──┬─ eth0 ──────────────╯',
    printed: '│ node  ip-192-168-1-138           │\n╰──┬─ eth0 ────────────────────────╯',
    because: 'a frame is as wide as the terminal',
  },
])('runs differ, and the page is right all the same: $because', ({ shown, printed }) => {
  expect(notPrinted(shown, printed)).toBeNull()
})
