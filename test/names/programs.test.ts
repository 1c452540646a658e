import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/**
 * The programs as the lab starts them, in network namespaces of their own: CoreDNS and its askers in one, the
 * resolver and the internet in another, joined by a veth pair. All of it goes with the script.
 */
const directory = mkdtempSync(join(tmpdir(), 'podpath-names-'))
const at = (name: string): string => join(directory, name)

const zoneFile = (services: readonly object[]): string =>
  JSON.stringify({ domain: 'cluster.local', namespaces: ['default'], services })
const web = {
  namespace: 'default',
  name: 'web',
  clusterIP: '10.100.200.50',
  externalName: null,
  ports: [],
  endpoints: [],
}

/** A resolver as the lab's daemon makes it, as a program for this test. */
const resolverProgram = (root: string): string => `
  import { createResolver } from ${JSON.stringify(join(root, 'src/lab/names/resolver.ts'))}
  import { serveDns } from ${JSON.stringify(join(root, 'src/lab/names/dns-server.ts'))}
  import { vpcZone } from ${JSON.stringify(join(root, 'src/lab/names/vpc-zone.ts'))}
  import { ip4Of } from ${JSON.stringify(join(root, 'src/model/address/address.ts'))}
  import { prefix } from ${JSON.stringify(join(root, 'src/model/address/prefix.ts'))}
  const hosts = [
    { name: 'www.google.com', address: ip4Of('142.250.76.132') },
    ...Array.from({ length: 90 }, (_, i) => ({ name: 'many.example', address: ip4Of('198.51.100.' + i) })),
  ]
  const resolver = createResolver({ zone: vpcZone({ region: 'ap-northeast-2', vpcCidrs: [prefix('192.168.0.0/16')], hosts }) })
  await serveDns({ address: '192.168.0.2', port: 53, handle: (q, tcp) => resolver.handle(q, tcp), onError: console.error })
`

beforeAll(async () => {
  const root = process.cwd()
  writeFileSync(at('resolver.ts'), resolverProgram(root))
  const options = {
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir: directory,
  } as const
  await build({
    ...options,
    entryPoints: ['coredns', 'internet'].map((name) => `src/lab/names/${name}.ts`),
    outExtension: { '.js': '.mjs' },
  })
  await build({ ...options, entryPoints: [at('resolver.ts')], outExtension: { '.js': '.mjs' } })
  writeFileSync(at('resolv.conf'), 'search default.svc.cluster.local\nnameserver 192.168.0.2\n')
})
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

/** Runs commands beside CoreDNS once it answers; what they printed. `$D` is the directory. */
function besideCoreDns(commands: string): string {
  writeFileSync(at('zone.json'), zoneFile([web]))
  const script = `
    D=${directory}
    ip link set lo up
    ip addr add 142.250.76.132/32 dev lo
    ip addr add 34.117.59.81/32 dev lo
    unshare -n sleep 60 & far=$!
    until [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
    ip link add v0 type veth peer name v1 netns $far
    ip addr add 192.168.0.2/24 dev v0
    ip link set v0 up
    in="nsenter -t $far -n"
    $in ip link set lo up
    $in ip addr add 192.168.0.9/24 dev v1
    $in ip link set v1 up
    $in ip route add default via 192.168.0.2
    mount --bind $D/resolv.conf /etc/resolv.conf
    node $D/resolver.mjs & resolver=$!
    node $D/internet.mjs www.google.com=142.250.76.132 ipinfo.io=34.117.59.81 > $D/internet.log & internet=$!
    $in node $D/coredns.mjs $D/zone.json > $D/coredns.log 2>&1 & coredns=$!
    tries=0
    until grep -q . $D/coredns.log && [ "$(grep -c : $D/internet.log)" = 2 ] && ss -Hlun | grep -q 192.168.0.2:53; do
      tries=$((tries + 1)); [ $tries -lt 400 ] || { cat $D/coredns.log; exit 1; }; sleep 0.05
    done
    ${commands}
    kill $coredns $internet $resolver $far
  `
  return execFileSync('unshare', ['-n', '-m', '-p', '--fork', '--mount-proc', 'sh', '-e', '-c', script], {
    encoding: 'utf8',
    timeout: 60_000,
  })
}
const dig = '$in dig +short +tries=2 +time=2 @127.0.0.1'

describe('dig, as people type it', () => {
  test('the cluster, the internet, reverse names, UDP and TCP', () => {
    const said = besideCoreDns(`
      ${dig} web.default.svc.cluster.local
      ${dig} +tcp web.default.svc.cluster.local
      ${dig} www.google.com
      ${dig} -x 10.100.200.50
      ${dig} -x 192.168.1.138
      ${dig} many.example | wc -l
      $in dig @127.0.0.1 nope.default.svc.cluster.local | grep -o 'status: [A-Z]*'
      $in dig @127.0.0.1 nope.example +noedns | grep -o 'status: [A-Z]*'
    `)
    expect(said.trim().split('\n')).toEqual([
      '10.100.200.50',
      '10.100.200.50',
      '142.250.76.132',
      'web.default.svc.cluster.local.',
      'ip-192-168-1-138.ap-northeast-2.compute.internal.',
      '90',
      'status: NXDOMAIN',
      'status: NXDOMAIN',
    ])
  })

  test('a new zone is served without a restart, a broken one is not', () => {
    writeFileSync(at('next.json'), zoneFile([{ ...web, name: 'new', clusterIP: '10.100.9.9' }]))
    const said = besideCoreDns(`
      echo '{' > $D/zone.json
      sleep 0.6
      ${dig} web.default.svc.cluster.local
      mv $D/next.json $D/zone.json
      for i in $(seq 100); do ${dig} new.default.svc.cluster.local | grep . && break; sleep 0.05; done
      ${dig} web.default.svc.cluster.local
    `)
    expect(said.trim().split('\n')).toEqual(['10.100.200.50', '10.100.9.9'])
  })
})

test('curl: the address of the caller without a newline, the page, health, readiness and counts', () => {
  const said = besideCoreDns(`
    $in curl -s --max-time 5 --resolve ipinfo.io:80:34.117.59.81 ipinfo.io/ip; echo
    $in curl -s --max-time 5 -o /dev/null -w '%{http_code} %{content_type}\\n' http://142.250.76.132/
    $in curl -s --max-time 5 http://127.0.0.1:8080/health; echo
    $in curl -s --max-time 5 http://127.0.0.1:8181/ready; echo
    ${dig} web.default.svc.cluster.local
    $in curl -s --max-time 5 http://127.0.0.1:9153/metrics | grep '^coredns_dns_requests_total'
  `)
  expect(said.trim().split('\n')).toEqual([
    '192.168.0.9',
    '200 text/html; charset=UTF-8',
    'OK',
    'OK',
    '10.100.200.50',
    'coredns_dns_requests_total 1',
  ])
})
