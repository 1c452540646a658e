import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { fc, test as property } from '@fast-check/vitest'
import tar from 'tar-stream'
import { afterAll, describe, expect, test } from 'vitest'
import { compileFabric } from '../../forward/compile/fabric.ts'
import { predict, type Flow } from '../../forward/walk/predict.ts'
import { createUnreadVpc } from '../../forward/vpc/unread-vpc.ts'
import { readFabric } from '../../linux/fabric.ts'
import { ip } from '../../model/address/address.ts'
import { ICMP, UDP } from '../../model/packet/packet.ts'
import { BundleError, bundleFiles } from '../bundle.ts'
import { openRecorded } from '../open.ts'
import { bundleOfArchives } from './bundle-of-archives.ts'
import { readArchive, type CollectorArchive } from './read-archive.ts'

/** Two nodes of the lab, by the collector's own commands: test/archive/collect.sh. The first has ipamd's checkpoint. */
const fixture = (n: number): string =>
  fileURLToPath(new URL(`fixtures/eks_i-000000000000000${n}_0.7.9.tar.gz`, import.meta.url))

const scratch = mkdtempSync(join(tmpdir(), 'podpath-archive-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface Entry {
  readonly name: string
  readonly text?: string
  readonly type?: 'symlink' | 'fifo' | 'directory' | 'link'
}

let made = 0
async function archive(
  entries: readonly Entry[],
  change: (packed: Buffer) => Buffer = (b) => b,
): Promise<string> {
  const pack = tar.pack()
  for (const { name, text = '', type } of entries)
    pack.entry({ name, ...(type ? { type, linkname: '/etc/passwd' } : {}) }, type ? '' : text)
  pack.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of pack) chunks.push(chunk as Buffer)
  const path = join(scratch, `eks_i-0123456789abcdef${++made}.tar.gz`)
  writeFileSync(path, change(gzipSync(Buffer.concat(chunks))))
  return path
}

const routes: Entry = { name: './networking/iproute.txt', text: 'default via 10.0.0.1 dev eth0 \n' }

const complaint = async (...paths: readonly string[]): Promise<BundleError> =>
  openRecorded(paths).then(
    () => expect.fail('it was read'),
    (error: unknown) => error as BundleError,
  )

describe('what two archives of the lab hold', async () => {
  const bundle = await openRecorded([fixture(1), fixture(3)])
  const { fabric, gaps } = readFabric(bundleFiles(bundle), null)

  test('a stack for every node, and one for every pod, by its name where ipamd tells it, marked as derived', () => {
    expect(fabric.stacks.map((stack) => [stack.id, stack.derived !== undefined])).toEqual([
      ['node/ip-192-168-1-138.ap-northeast-2.compute.internal', false],
      ['pod/kube-system/coredns-5dc45fcc58-9j2gl', true],
      ['pod/default/netshoot-pod-8675d4fb89-fkcv6', true],
      ['node/ip-192-168-3-20.ap-northeast-2.compute.internal', false],
      ['pod/192.168.3.143', true],
    ])
  })

  test('everything was understood; what nobody collected is said', () => {
    expect([...new Set(gaps.map((gap) => `${gap.what}: ${gap.because}`))].sort()).toEqual([
      'neigh.json: not in the archive',
      'nft.json: not in the archive',
    ])
  })

  const flow = (from: string, to: string, more: Partial<Flow> = {}): Flow => ({
    from,
    to: ip(to),
    protocol: ICMP,
    ...more,
  })
  const pod1 = 'pod/default/netshoot-pod-8675d4fb89-fkcv6'
  const dns = 'pod/kube-system/coredns-5dc45fcc58-9j2gl'
  const unread = compileFabric(fabric, { vpc: createUnreadVpc(fabric, false)! })
  const assumed = compileFabric(fabric, { vpc: createUnreadVpc(fabric, true)! })

  test('on one node the prediction is sure', () => {
    const [path] = predict(unread, flow(pod1, '192.168.1.37')).paths
    expect([path?.verdict, path?.replyVerdict]).toEqual(['delivered', 'delivered'])
    expect(path?.path().forward.map((hop) => [hop.stack.split('/')[0], hop.evidence])).toEqual([
      ['pod', 'derived'],
      ['node', undefined],
      ['pod', 'derived'],
    ])
  })

  test('beyond the node it is unknown, and names what is missing', () => {
    const [path] = predict(unread, flow(pod1, '192.168.3.143')).paths
    expect([path?.verdict, path?.stoppedAt, path?.decision?.stage]).toEqual([
      'unknown',
      'vpc/not-recorded',
      'vpc-route',
    ])
  })

  test('with a VPC taken to deliver, it goes on to the other node and back', () => {
    const [path] = predict(assumed, flow(pod1, '192.168.3.143')).paths
    expect([path?.verdict, path?.replyVerdict, path?.deliveredAt]).toEqual([
      'delivered',
      'delivered',
      'pod/192.168.3.143',
    ])
  })

  test('a pod of the secondary ENI leaves by eth1 inside the VPC, and by eth0, translated, to the internet', () => {
    const uplink = (to: string): unknown => {
      const [path] = predict(assumed, flow(dns, to)).paths
      const node = path?.path().forward[1]
      return [node?.out, node?.packetOut?.src, path?.verdict, path?.replyVerdict]
    }
    expect(uplink('192.168.3.143')).toEqual(['eth1', '192.168.1.37', 'delivered', 'delivered'])
    expect(uplink('198.51.100.100')).toEqual(['eth0', '192.168.1.138', 'delivered', 'delivered'])
  })

  test('a service with a backend on a node that was not given is as likely as its share', () => {
    const { paths } = predict(unread, flow(pod1, '10.100.0.10', { protocol: UDP, destinationPort: 53 }))
    expect(paths.map((path) => [path.probability.toFixed(2), path.verdict])).toEqual([
      ['0.50', 'delivered'],
      ['0.50', 'unknown'],
    ])
  })

  test('a packet that leaves an ENI with another ENI’s address is dropped there, unless that is switched off', () => {
    const broken = bundleFiles(bundle)
    const files = new Map([...broken].map(([path, text]) => [path, text.replace(/^1536:.*\n/m, '')]))
    const again = readFabric(files, null).fabric
    const intact = createUnreadVpc(fabric, true)
    const [path] = predict(compileFabric(again, { vpc: intact! }), flow(dns, '192.168.3.143')).paths
    expect([path?.verdict, path?.decision?.stage]).toEqual(['dropped', 'source-dest-check'])
  })
})

describe('nf_tables: what `nft list ruleset` would have told', () => {
  const save = (lines: readonly string[]): string =>
    ['# Generated by iptables-save v1.8.8 (nf_tables) on x', ...lines, 'COMMIT', ''].join('\n')
  const nat = ['*nat', ':PREROUTING ACCEPT [0:0]', ':KUBE-SERVICES - [0:0]', ':AWS-SNAT-CHAIN-0 - [0:0]']
  const returns = '-A AWS-SNAT-CHAIN-0 -d 10.0.0.0/8 -m comment --comment "AWS SNAT CHAIN" -j RETURN'
  const snat = '-A AWS-SNAT-CHAIN-0 ! -o vlan+ -j SNAT --to-source 10.0.0.5 --random-fully'
  const nftOf = (rules: readonly string[]): string | undefined => {
    const one: CollectorArchive = {
      path: 'x.tar.gz',
      listed: [],
      files: new Map([
        ['networking/iproute.txt', 'default via 10.0.0.1 dev eth0 \n'],
        ['networking/iptables-save.txt', save(rules)],
      ]),
    }
    const bundle = bundleOfArchives([one], '')
    return bundle.files.get(`${bundle.index.stacks[0]!.dir}/nft.json`)
  }

  test('the CNI’s own table has the CIDRs of AWS-SNAT-CHAIN-0, and every line of it says that it is derived', () => {
    const json = nftOf([...nat, returns, snat]) ?? ''
    const { fabric } = readFabric(
      new Map([
        ['bundle.json', '{"version":1,"stacks":[{"id":"node/a","dir":"stacks/a"}],"wires":[]}'],
        ['stacks/a/nft.json', json],
      ]),
      null,
    )
    const comment = 'comment "derived: not in the archive"'
    expect(
      fabric.stacks[0]!.nft!.flatMap((table) =>
        table.chains.flatMap((chain) => chain.rules.map((r) => r.line)),
      ),
    ).toEqual([
      `fib daddr type local return ${comment}`,
      `iifname "eni*" jump snat-mark ${comment}`,
      `meta mark set ct mark & 0x00000080 ${comment}`,
      `ip daddr 10.0.0.0/8 return ${comment}`,
      `ct mark set ct mark | 0x00000080 ${comment}`,
    ])
  })

  test.each([
    ['nothing is translated (EXTERNALSNAT)', [...nat], ''],
    [
      'marks are in iptables (CNI before 1.23)',
      [
        ...nat,
        ':AWS-CONNMARK-CHAIN-0 - [0:0]',
        snat,
        '-A AWS-CONNMARK-CHAIN-0 -j CONNMARK --set-xmark 0x80/0x80',
      ],
      '',
    ],
    [
      'kube-proxy is not in iptables: it may be in nftables',
      nat.filter((line) => !line.includes('KUBE')),
      undefined,
    ],
  ])('%s', (_because, rules, expected) => {
    expect(nftOf(rules)).toBe(expected)
  })
})

describe('without a sound iptables-save nothing that passes the node is sure, and the file is named', async () => {
  const whole = await readArchive(fixture(1))
  const saved = 'networking/iptables-save.txt'
  const dump = whole.files.get(saved) ?? ''
  const changed = (text: string | null): CollectorArchive => {
    const files = new Map(whole.files)
    if (text === null) files.delete(saved)
    else files.set(saved, text)
    return { ...whole, files }
  }
  test.each([
    {
      because: 'it is whole',
      text: dump,
      verdict: 'delivered',
      says: null,
    },
    {
      because: 'only the listings are there',
      text: null,
      verdict: 'unknown',
      says: /^networking\/iptables-.*iptables-filter\.txt.*: listings are for people.*needs networking\/iptables-save\.txt$/,
    },
    {
      because: 'it is empty, as when iptables is not installed',
      text: '\n',
      verdict: 'unknown',
      says: /listings are for people/,
    },
    {
      because: 'the collector wrote a complaint into it',
      text: 'Another app is currently holding the xtables lock.\n',
      verdict: 'unknown',
      says: /^iptables-save\.txt: line 1: iptables-save prints no such line: "Another app/,
    },
    {
      because: 'it was cut',
      text: dump.slice(0, dump.length * 0.7),
      verdict: 'unknown',
      says: /^iptables-save\.txt: line \d+: the table ".*" ends without COMMIT: the file was cut$/,
    },
    {
      because: 'it leaves a table out that only nft can tell',
      text: `# Table \`filter' is incompatible, use 'nft' tool.\n${dump}`,
      verdict: 'unknown',
      says: /^iptables-save\.txt: leaves out a table that only nft can tell/,
    },
  ])('$verdict, because $because', ({ text, verdict, says }) => {
    const bundle = bundleOfArchives([changed(text)], '')
    const { fabric, gaps } = readFabric(bundleFiles(bundle), null)
    const { paths } = predict(compileFabric(fabric), {
      from: 'pod/default/netshoot-pod-8675d4fb89-fkcv6',
      to: ip('192.168.1.37'),
      protocol: ICMP,
    })
    expect(paths.map((path) => [path.verdict, path.decision?.by ?? null])).toEqual([
      [verdict, says === null ? null : 'iptables-save'],
    ])
    const said = [...(bundle.index.gaps ?? []), ...gaps].map((gap) => `${gap.what}: ${gap.because}`)
    if (says === null) expect(said.join()).not.toMatch(/tables-/)
    else expect(said).toContainEqual(expect.stringMatching(says))
  })
})

describe('an archive that is not what it should be is refused in one line', () => {
  test.each<[string, readonly Entry[], string, RegExp]>([
    [
      'no collector’s',
      [{ name: 'notes.txt', text: 'hello' }],
      'not-a-bundle',
      /has no networking\/iproute\.txt/,
    ],
    ['upwards', [routes, { name: '../../etc/cron.d/x', text: 'x' }], 'unsafe-path', /outside of itself/],
    ['absolute', [routes, { name: '/etc/passwd', text: 'x' }], 'unsafe-path', /outside of itself/],
    [
      'a link',
      [{ name: 'networking/iproute.txt', type: 'symlink' }],
      'unsafe-path',
      /no plain file but a symlink/,
    ],
    [
      'a hard link',
      [{ name: 'networking/iproute.txt', type: 'link' }],
      'unsafe-path',
      /no plain file but a link/,
    ],
    ['a FIFO', [{ name: 'networking/iproute.txt', type: 'fifo' }], 'unsafe-path', /no plain file but a fifo/],
    ['twice', [routes, routes], 'bad-file', /iproute\.txt: is in the archive twice/],
    ['no route', [{ ...routes, text: '\n\n' }], 'bad-file', /iproute\.txt: line 1: no route/],
    [
      'a route of nothing',
      [{ ...routes, text: 'default via 10.0.0.1 dev eth0\nelephant dev eth0\n' }],
      'bad-file',
      /iproute\.txt: line 2: a destination that is not a prefix/,
    ],
    [
      'a huge metric',
      [{ ...routes, text: 'default dev eth0 metric 99999999999999999999\n' }],
      'bad-file',
      /iproute\.txt: line 1: metric "9{20}" is no such number/,
    ],
    [
      'a huge priority',
      [
        routes,
        {
          name: 'networking/iprule.txt',
          text: '0: from all lookup local\n99999999999: from all lookup main',
        },
      ],
      'bad-file',
      /iprule\.txt: line 2: not a rule/,
    ],
    [
      'a huge MTU',
      [routes, { name: 'networking/ifconfig.txt', text: 'eth0: flags=1<UP>  mtu 9999999999' }],
      'bad-file',
      /ifconfig\.txt: line 1: not an interface/,
    ],
    [
      'a long line',
      [{ ...routes, text: `default dev eth0\n${'x'.repeat(100_000)}` }],
      'bad-file',
      /iproute\.txt: line 2: longer than 65536/,
    ],
    [
      'too much',
      [routes, { name: 'networking/iprule.txt', text: 'from\n'.repeat(1_000_000) }],
      'too-large',
      /iprule\.txt: line \d+: here it has more than 4194304 octets/,
    ],
  ])('%s', async (_what, entries, code, said) => {
    const error = await complaint(await archive(entries))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(said)
    expect(error.message).not.toContain('\n')
  })

  test.each<[string, (packed: Buffer) => Buffer, string, RegExp]>([
    ['cut', (packed) => packed.subarray(0, packed.length >> 1), 'bad-file', /ends in the middle/],
    ['not gzip', () => Buffer.from('<html>not found</html>'), 'not-a-bundle', /is no gzip archive/],
    ['empty', () => Buffer.alloc(0), 'bad-file', /ends in the middle/],
    [
      'damaged',
      (packed) => Buffer.concat([packed.subarray(0, 40), Buffer.alloc(40, 255), packed.subarray(80)]),
      'not-a-bundle',
      /damaged|tar archive/,
    ],
    [
      'gzip of no tar',
      () => gzipSync('no tar '.repeat(1000)),
      'not-a-bundle',
      /cannot be read as a tar archive/,
    ],
  ])('%s', async (_what, change, code, said) => {
    const path = await archive([routes, { name: 'var_log/messages', text: randomText(50_000) }], change)
    const error = await complaint(path)
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(said)])
  })

  test('an archive that unpacks to a thousand times its size is not kept in memory', async () => {
    const octets = 256 * 1024 * 1024
    const pack = tar.pack()
    pack.entry({ name: 'var_log/messages', size: octets })
    const header = await new Promise<Buffer>((done) => pack.once('data', (chunk) => done(chunk as Buffer)))
    pack.destroy()
    const packed = gzipSync(Buffer.concat([header, Buffer.alloc(octets)]), { level: 1 })
    expect(packed.length).toBeLessThan(octets / 200)
    const path = join(scratch, 'bomb.tar.gz')
    writeFileSync(path, packed)
    const before = process.memoryUsage().rss
    expect((await complaint(path)).message).toMatch(/unpacks to more than 100 times its size/)
    expect(process.memoryUsage().rss - before).toBeLessThan(octets / 4)
  })

  test('two archives of one node, a bundle among archives, a directory of neither, nothing at all', async () => {
    expect((await complaint(fixture(1), fixture(1))).message).toMatch(/is of node\/ip-192-168-1-138/)
    expect((await complaint(scratch)).message).toMatch(/no bundle/)
    expect((await complaint(join(scratch, 'none.tar.gz'))).code).toBe('unreadable')
    writeFileSync(join(scratch, 'bundle.json'), '{"version":1,"stacks":[],"wires":[]}')
    expect((await complaint(fixture(1), scratch)).message).toMatch(/give it alone/)
  })

  test('an unpacked archive is read the same, its links are not followed', async () => {
    const { execFileSync } = await import('node:child_process')
    const directory = mkdtempSync(join(scratch, 'unpacked-'))
    execFileSync('tar', ['xzf', fixture(1), '-C', directory])
    const packed = await openRecorded([fixture(1)])
    const unpacked = await openRecorded([directory])
    expect(unpacked.files).toEqual(packed.files)
    rmSync(join(directory, 'networking/iprule.txt'))
    symlinkSync('/etc/passwd', join(directory, 'networking/iprule.txt'))
    expect((await complaint(directory)).code).toBe('unsafe-path')
  })
})

function randomText(length: number): string {
  let state = 1
  let text = ''
  while (text.length < length) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    text += state.toString(36)
  }
  return text
}

describe('whatever the files of an archive hold', async () => {
  const whole = await readArchive(fixture(1))
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '\n',
      '"',
      '{',
      '/',
      ' dev eni1',
      '192.168.1.60',
      '99999999999999999999',
      'local ',
      '0'.repeat(300),
    ),
  )
  const changes = fc.array(
    fc.record({
      file: fc.nat(),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.nat(200),
      put: piece,
    }),
    { minLength: 1, maxLength: 6 },
  )

  property.prop([changes])('it is a snapshot or refused by name, and its stacks are named apart', (list) => {
    const files = new Map(whole.files)
    const names = [...files.keys()]
    for (const { file, at, drop, put } of list) {
      const name = names[file % names.length] ?? ''
      const text = files.get(name) ?? ''
      const from = Math.floor(at * text.length)
      files.set(name, text.slice(0, from) + put + text.slice(from + drop))
    }
    try {
      const { index, files: read } = bundleOfArchives([{ ...whole, files }], '2026-01-01T00:00:00Z')
      expect(new Set(index.stacks.map((stack) => stack.id)).size).toBe(index.stacks.length)
      expect(index.stacks.length).toBeLessThan(100)
      readFabric(new Map([...read, ['bundle.json', JSON.stringify(index)]]), null)
    } catch (error) {
      expect(error).toBeInstanceOf(BundleError)
    }
  })
})
