import { describe, expect, test } from 'vitest'
import { readCurl, readDial, readDig, readPing } from './output.ts'

const pings: readonly {
  because: string
  stdout?: string
  stderr?: string
  wants: object
  destination: string | null
}[] = [
  {
    because: 'two answers (iputils 20221126)',
    stdout: `PING 192.168.3.143 (192.168.3.143) 56(84) bytes of data.
64 bytes from 192.168.3.143: icmp_seq=1 ttl=62 time=0.185 ms
64 bytes from 192.168.3.143: icmp_seq=2 ttl=62 time=0.040 ms

--- 192.168.3.143 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 202ms
rtt min/avg/max/mdev = 0.040/0.112/0.185/0.072 ms
`,
    wants: { sent: 2, received: 2, rttMs: [0.185, 0.04], replyTtl: [62, 62] },
    destination: '192.168.3.143',
  },
  {
    because: 'a name tells the address that it became; a duplicate is no second answer',
    stdout: `PING www.google.com (203.0.113.80) 56(84) bytes of data.
64 bytes from 203.0.113.80: icmp_seq=1 ttl=55 time=1.20 ms
64 bytes from 203.0.113.80: icmp_seq=1 ttl=55 time=1.31 ms (DUP!)

--- www.google.com ping statistics ---
1 packets transmitted, 1 received, +1 duplicates, 0% packet loss, time 0ms
rtt min/avg/max/mdev = 1.200/1.255/1.310/0.055 ms
`,
    wants: { sent: 1, received: 1, rttMs: [1.2], replyTtl: [55] },
    destination: '203.0.113.80',
  },
  {
    because: 'busybox counts from 0 and words it otherwise',
    stdout: `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: seq=0 ttl=64 time=0.057 ms
64 bytes from 127.0.0.1: seq=1 ttl=64 time=0.095 ms

--- 127.0.0.1 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = 0.057/0.076/0.095 ms
`,
    wants: { sent: 2, received: 2, rttMs: [0.057, 0.095], replyTtl: [64, 64] },
    destination: '127.0.0.1',
  },
  {
    because: 'silence',
    stdout: `PING 127.0.0.9 (127.0.0.9) 56(84) bytes of data.

--- 127.0.0.9 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time 0ms

`,
    wants: { sent: 1, received: 0, rttMs: [] },
    destination: '127.0.0.9',
  },
  {
    because: 'an ICMP error names who sent it',
    stdout: `PING 8.8.8.8 (8.8.8.8) 56(84) bytes of data.
From 192.168.1.138 icmp_seq=1 Time to live exceeded

--- 8.8.8.8 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms

`,
    wants: { sent: 1, received: 0, error: 'Time to live exceeded (from 192.168.1.138)' },
    destination: '8.8.8.8',
  },
  {
    because: 'a packet too large for the way',
    stdout: `PING 192.168.3.143 (192.168.3.143) 8973(9001) bytes of data.
From 192.168.1.1 icmp_seq=1 Frag needed and DF set (mtu = 1500)

--- 192.168.3.143 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
`,
    wants: { received: 0, error: 'Frag needed and DF set (mtu = 1500) (from 192.168.1.1)' },
    destination: '192.168.3.143',
  },
  {
    because: 'a firewall of its own stack refuses',
    stdout: `PING 127.0.0.8 (127.0.0.8) 56(84) bytes of data.
From 127.0.0.8 icmp_seq=1 Destination Port Unreachable

--- 127.0.0.8 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
`,
    stderr: 'ping: sendmsg: Operation not permitted\n#podpath exit 1\n',
    wants: { received: 0, error: 'Destination Port Unreachable (from 127.0.0.8)' },
    destination: '127.0.0.8',
  },
  {
    because: 'no route: nothing was sent',
    stderr: 'ping: connect: Network is unreachable\n#podpath exit 2\n',
    wants: { sent: 0, received: 0, error: 'connect: Network is unreachable' },
    destination: null,
  },
  {
    because: 'a name that is not known: nothing was sent',
    stderr: 'ping: nothing.invalid: Temporary failure in name resolution\n#podpath exit 2\n',
    wants: { sent: 0, received: 0, error: 'nothing.invalid: Temporary failure in name resolution' },
    destination: null,
  },
  {
    because: 'IPv6',
    stdout: `PING ::1(::1) 56 data bytes
64 bytes from ::1: icmp_seq=1 ttl=64 time=0.049 ms

--- ::1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
`,
    wants: { sent: 1, received: 1, replyTtl: [64] },
    destination: '::1',
  },
]

describe('ping', () => {
  test.each(pings)('$because', ({ stdout = '', stderr = '', wants, destination }) => {
    const read = readPing(2, { stdout, stderr })
    expect(read.outcome).toMatchObject({ protocol: 'icmp', ...wants })
    expect('error' in wants || read.outcome.error === undefined).toBe(true)
    expect(read.destination).toBe(destination)
  })
})

describe('curl', () => {
  test('a body, its times, and the port it came from', () => {
    const stderr = '#podpath http 200 203.0.113.9 192.168.1.239 49396 0.000329 0.007961\n#podpath exit 0\n'
    expect(readCurl(1, { stdout: '203.0.113.11\n', stderr })).toEqual({
      outcome: { protocol: 'http', sent: 1, received: 1, rttMs: [7.961], answer: '203.0.113.11' },
      destination: '203.0.113.9',
      sourcePorts: [49396],
    })
  })

  test('a 404 came back, and is told', () => {
    const stderr = '#podpath http 404 127.0.0.1 127.0.0.1 49410 0.000403 0.023061\n'
    expect(readCurl(1, { stdout: '', stderr }).outcome).toMatchObject({
      received: 1,
      error: 'HTTP status 404',
    })
  })

  test.each([
    "(7) Failed to connect to 127.0.0.1 port 81 after 0 ms: Couldn't connect to server",
    '(28) Connection timed out after 2000 milliseconds',
    '(6) Could not resolve host: nothing.invalid',
  ])('nothing came back: %s', (why) => {
    const read = readCurl(1, {
      stdout: '',
      stderr: `curl: ${why}\n#podpath http 000   0 0.000000 0.000309\n#podpath exit 7\n`,
    })
    expect(read).toEqual({
      outcome: { protocol: 'http', sent: 1, received: 0, rttMs: [], error: why },
      destination: null,
      sourcePorts: [],
    })
  })

  test('an answer with control characters cannot reach the terminal', () => {
    expect(readCurl(1, { stdout: 'a\x1b[31mb\r\nc', stderr: '' }).outcome.answer).toBe('a[31mb\nc')
  })
})

describe('connections and datagrams', () => {
  test.each([
    {
      stderr: '#podpath to 10.0.0.1\n#podpath took 1700000000.000100 1700000000.001350\n#podpath exit 0\n',
      wants: { received: 1, rttMs: [1.25] },
    },
    {
      stderr:
        '#podpath to 10.0.0.1\nbash: connect: Connection refused\nbash: line 1: /dev/tcp/10.0.0.1/81: Connection refused\n#podpath took 1.0 1.1\n#podpath exit 1\n',
      wants: { received: 0, error: 'Connection refused' },
    },
    {
      stderr: '#podpath to 10.0.0.1\n#podpath took 1.0 3.0\n#podpath exit 124\n',
      wants: { received: 0, error: 'timed out' },
    },
    {
      stderr: '#podpath unresolved\n#podpath exit 6\n',
      wants: { received: 0, error: 'Name or service not known' },
    },
  ])('$wants', ({ stderr, wants }) => {
    expect(readDial('tcp', 1, { stdout: '', stderr }).outcome).toMatchObject(wants)
  })
})

describe('dig', () => {
  test('an answer, and who gave it', () => {
    const stdout = `
; <<>> DiG 9.18.49 <<>> -r -p 53 +tries +time=2 +search -q www.google.com -t A
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4242
;; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1

;; QUESTION SECTION:
;www.google.com.			IN	A

;; ANSWER SECTION:
www.google.com.		60	IN	A	203.0.113.80

;; Query time: 3 msec
;; SERVER: 10.100.0.10#53(10.100.0.10) (UDP)
;; WHEN: Mon Nov 23 00:00:00 UTC 2026
;; MSG SIZE  rcvd: 59
`
    expect(readDig(1, { stdout, stderr: '' })).toEqual({
      outcome: {
        protocol: 'dns',
        sent: 1,
        received: 1,
        rttMs: [3],
        answer: 'www.google.com. 60 IN A 203.0.113.80',
      },
      destination: '10.100.0.10',
      sourcePorts: [],
      ids: [4242],
    })
  })

  test('the question as it was sent has its id, and is no answer', () => {
    const stdout = `
;; Sending:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 517
;; flags: rd ad; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1

;; QUESTION SECTION:
;www.google.com.			IN	A

;; QUERY SIZE: 55

;; communications error to 10.100.0.10#53: timed out
;; no servers could be reached
`
    expect(readDig(1, { stdout, stderr: '' })).toMatchObject({
      outcome: { received: 0, error: 'communications error to 10.100.0.10#53: timed out' },
      ids: [517],
    })
  })

  test('nobody answers', () => {
    const stdout = `;; communications error to 127.0.0.1#53: connection refused

; <<>> DiG 9.18.49 <<>> +time=1 +tries=1 @127.0.0.1 www.google.com
;; global options: +cmd
;; no servers could be reached
`
    expect(readDig(1, { stdout, stderr: '' })).toMatchObject({
      outcome: { received: 0, error: 'communications error to 127.0.0.1#53: connection refused' },
      destination: '127.0.0.1',
    })
  })
})
