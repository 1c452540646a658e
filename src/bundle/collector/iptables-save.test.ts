import { describe, expect, test } from 'vitest'
import { compileFabric } from '../../forward/compile/fabric.ts'
import { predict } from '../../forward/walk/predict.ts'
import { readFabric } from '../../linux/fabric.ts'
import { ip } from '../../model/address/address.ts'
import { ICMP } from '../../model/packet/packet.ts'
import { bundleFiles } from '../bundle.ts'
import { bundleOfArchives } from './bundle-of-archives.ts'
import { readArchive, type CollectorArchive } from './read-archive.ts'
import { fixture } from './archives.fixture.ts'

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
