import type { ProbeOutcome, ProbeProtocol } from '../../model/result/result.ts'
import { printable } from '../../edge/printable.ts'

/** What a probe's output says. */
export interface ReadProbe {
  readonly outcome: ProbeOutcome
  /** The address that the sender used; null when it got no farther than the name. */
  readonly destination: string | null
  /** Ports of the sender, where it tells them. */
  readonly sourcePorts: readonly number[]
  /** Of DNS: the ids of the questions. */
  readonly ids?: readonly number[]
}

export interface ProbeSaid {
  readonly stdout: string
  readonly stderr: string
}

/** Letters of an answer that are kept. */
const mostAnswer = 4_000
const mostSamples = 1_000

export function readProbe(protocol: ProbeProtocol, sent: number, said: ProbeSaid): ReadProbe {
  switch (protocol) {
    case 'icmp':
      return readPing(sent, said)
    case 'http':
      return readCurl(sent, said)
    case 'tcp':
    case 'udp':
      return readDial(protocol, sent, said)
    case 'dns':
      return readDig(sent, said)
  }
}

const lines = (text: string): readonly string[] => text.split('\n').map((line) => line.trim())

function outcome(
  protocol: ProbeProtocol,
  sent: number,
  found: {
    received: number
    rttMs: readonly number[]
    replyTtl?: readonly number[]
    answer?: string
    error?: string | undefined
  },
): ProbeOutcome {
  const { error, answer, ...rest } = found
  return {
    protocol,
    sent,
    ...rest,
    ...(answer === undefined || answer === '' ? {} : { answer: printableAnswer(answer) }),
    ...(error === undefined || error === '' ? {} : { error: printable(error) }),
  }
}

/** An answer may have lines; it may not have control characters. */
const printableAnswer = (text: string): string =>
  text
    .slice(0, mostAnswer)
    .split('\n')
    .map((line) => printable(line, mostAnswer))
    .join('\n')
    .trim()

/** ping of iputils (20121221 and later) and of busybox. A duplicate is no second answer. */
export function readPing(asked: number, { stdout, stderr }: ProbeSaid): ReadProbe {
  const rttMs: number[] = []
  const replyTtl: number[] = []
  const errors: string[] = []
  let destination: string | null = null
  let counted: { sent: number; received: number } | undefined
  for (const line of lines(stdout)) {
    const head = /^PING \S*?\s*\(([0-9a-fA-F.:]+)\)/.exec(line)
    if (head) destination ??= head[1] ?? null
    const reply = /^\d+ bytes from .*?(?:icmp_seq|seq)=\d+ (?:ttl|hlim)=(\d+)(?: time[=<]([\d.]+) ms)?/.exec(
      line,
    )
    if (reply && !line.includes('(DUP!)') && rttMs.length < mostSamples) {
      replyTtl.push(Number(reply[1]))
      if (reply[2] !== undefined) rttMs.push(Number(reply[2]))
    }
    const complaint = /^From (\S+?):? (?:icmp_seq=\d+ )?(.+)$/.exec(line)
    if (complaint) errors.push(`${complaint[2] ?? ''} (from ${complaint[1] ?? ''})`)
    const total = /^(\d+) packets transmitted, (\d+)(?: packets)? received/.exec(line)
    if (total) counted = { sent: Number(total[1]), received: Number(total[2]) }
  }
  const [ownError] = ownComplaints(stderr, 'ping: ')
  const sent = counted?.sent ?? 0
  const received = counted?.received ?? replyTtl.length
  const error = received > 0 && received >= sent ? undefined : (errors[0] ?? ownError)
  return {
    outcome: outcome('icmp', counted ? sent : rttMs.length > 0 ? asked : 0, {
      received,
      rttMs,
      replyTtl,
      error,
    }),
    destination,
    sourcePorts: [],
  }
}

/** What a program says of itself on standard error, without our own lines and its name. */
const ownComplaints = (stderr: string, prefix: string): readonly string[] =>
  lines(stderr)
    .filter((line) => line !== '' && !line.startsWith('#podpath'))
    .map((line) => (line.startsWith(prefix) ? line.slice(prefix.length) : line))

/** The words after `#podpath KEY` of every such line. */
const notes = (stderr: string, key: string): readonly (readonly string[])[] =>
  lines(stderr)
    .filter((line) => line.startsWith(`#podpath ${key} `))
    .map((line) => line.slice(`#podpath ${key} `.length).split(/ +/))

/** curl with the `-w` of probe-command.ts: any HTTP answer is an answer, 404 and 500 too. */
export function readCurl(sent: number, { stdout, stderr }: ProbeSaid): ReadProbe {
  const transfers = notes(stderr, 'http')
  const answered = transfers.filter(([code]) => code !== '000')
  const [failure] = ownComplaints(stderr, 'curl: ')
  const statuses = [...new Set(answered.map(([code]) => code))].filter((code) => !code?.startsWith('2'))
  // An address that is not known is an empty word, and the words move up: only addresses are taken for one.
  const addresses = transfers
    .map((words) => words[1] ?? '')
    .filter((word) => /[.:]/.test(word) && !/^0\.0+$/.test(word))
  return {
    outcome: outcome('http', sent, {
      received: answered.length,
      rttMs: answered.map((words) => Math.round(Number(words[5]) * 1e6) / 1e3).filter(Number.isFinite),
      answer: stdout,
      error: failure ?? (statuses.length > 0 ? `HTTP status ${statuses.join(', ')}` : undefined),
    }),
    destination: addresses[0] ?? null,
    sourcePorts: answered.map((words) => Number(words[3])).filter((port) => port > 0),
  }
}

/** The connect and ask scripts of probe-script.ts. */
export function readDial(protocol: 'tcp' | 'udp', sent: number, { stdout, stderr }: ProbeSaid): ReadProbe {
  const exits = notes(stderr, 'exit').map(([status]) => Number(status))
  const took = notes(stderr, 'took').map(([from, to]) => Math.round((Number(to) - Number(from)) * 1e6) / 1e3)
  const rttMs = took.filter((_, i) => exits[i] === 0)
  const [bad] = exits.filter((status) => status !== 0)
  const said = ownComplaints(stderr, 'bash: ')
    .map((line) => /(?:^|: )([A-Z][^:]+)$/.exec(line)?.[1])
    .find((words) => words !== undefined)
  const why = bad === 6 ? 'Name or service not known' : bad === 124 ? 'timed out' : said
  return {
    outcome: outcome(protocol, sent, {
      received: rttMs.length,
      rttMs,
      answer: protocol === 'udp' ? stdout : '',
      error: bad === undefined ? undefined : (why ?? `exit status ${bad}`),
    }),
    destination: notes(stderr, 'to')[0]?.[0] ?? null,
    sourcePorts: [
      ...new Set(
        notes(stderr, 'from')
          .map(([port]) => Number(port))
          .filter((port) => port > 0 && port < 65_536),
      ),
    ],
  }
}

/** dig 9.x. NXDOMAIN and the like are answers: they came back. */
export function readDig(sent: number, { stdout, stderr }: ProbeSaid): ReadProbe {
  const all = lines(stdout)
  const headers = all.flatMap((line, i) => {
    const [, status, id] = /^;; ->>HEADER<<- .*status: (\w+), id: (\d+)/.exec(line) ?? []
    return status === undefined
      ? []
      : [{ status, id: Number(id), isAnswer: /^;; flags: qr\b/.test(all[i + 1] ?? '') }]
  })
  const statuses = headers.filter(({ isAnswer }) => isAnswer).map(({ status }) => status)
  const rttMs = all.flatMap((line) => {
    const ms = /^;; Query time: (\d+) msec/.exec(line)?.[1]
    return ms === undefined ? [] : [Number(ms)]
  })
  const server = all.flatMap((line) => /^;; SERVER: ([0-9a-fA-F.:]+)#\d+/.exec(line)?.[1] ?? [])[0]
  const records = all.filter((line) => line !== '' && !line.startsWith(';'))
  const complaint = all.find((line) =>
    /^;; (communications error|connection timed out|no servers)/.test(line),
  )
  const bad = statuses.find((status) => status !== 'NOERROR')
  return {
    outcome: outcome('dns', sent, {
      received: statuses.length,
      rttMs,
      answer: records.join('\n'),
      error:
        statuses.length < sent
          ? (complaint?.slice(3) ?? ownComplaints(stderr, 'dig: ')[0] ?? 'no answer')
          : bad,
    }),
    destination: server ?? /communications error to ([0-9a-fA-F.:]+)#/.exec(complaint ?? '')?.[1] ?? null,
    sourcePorts: [],
    ids: headers.map(({ id }) => id),
  }
}
