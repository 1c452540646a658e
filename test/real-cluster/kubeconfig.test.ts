import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { RunResult } from '../../src/model/result/result.ts'
import { kubeconfigFor } from '../cluster/faulty-api.ts'
import { startConnectProxy, type ConnectProxy } from '../cluster/connect-proxy.ts'
import { checkout } from '../lab/podpath.ts'
import { authorityOf, clusterOf, complaints, realCluster, resultOf } from './cluster.ts'

const run = promisify(execFile)
const cluster = realCluster('real-cluster')
const { aws, by, direct, left } = cluster

const said = (result: RunResult) => ({
  verdict: result.verdict,
  statements: result.experiments.flatMap((one) => one.checks.map(({ id, state }) => [id, state])),
  translations: result.traces.map((one) => one.translations),
  forward: result.traces.map((one) => one.observed?.forward.map((hop) => hop.stack)),
})

describe('a cluster that is known by its kubeconfig', () => {
  test('gives the same result as --lab', async () => {
    const byLab = resultOf((await cluster.lab.verify()).ended)
    const byKubeconfig = resultOf(await by(cluster.kubeconfig, aws())('verify', '--json'))
    expect(said(byKubeconfig)).toEqual(said(byLab))
    expect(byKubeconfig.verdict).toBe('delivered')
    expect(await left()).toBe('')
  })

  test('without AWS credentials the VPC is unknown, and everything else is there', async () => {
    const ended = await direct('verify', '--json')
    const result = resultOf(ended)
    const checks = result.experiments.flatMap((one) => one.checks)
    expect(checks.filter(({ state }) => state !== 'passed').map(({ id, state }) => [id, state])).toEqual([
      ['pod-to-pod.6', 'unknown'],
      ['pod-to-internet.5', 'unknown'],
    ])
    expect({ status: ended.status, verdict: result.verdict }).toEqual({ status: 0, verdict: 'delivered' })
    expect(result.traces.map((one) => one.predicted?.verdict)).toEqual(Array(4).fill('unknown'))
    expect(result.traces.at(-1)?.translations.map(({ kind }) => kind)).toContain('SNAT')
  })
})

describe('ways to a cluster', () => {
  describe('that a proxy leads to', () => {
    let proxy: ConnectProxy
    beforeAll(async () => {
      proxy = await startConnectProxy()
    })
    afterAll(() => proxy.stop())

    /** A kubeconfig whose server has a name that only the proxy can make something of; it is in its certificate. */
    const behind = (more: object): string => {
      const file = join(cluster.lab.where.runtime, 'behind-a-proxy')
      const server = `https://kubernetes.default.svc:${new URL(clusterOf(cluster.kubeconfig).server).port}`
      const { users } = parse(readFileSync(cluster.kubeconfig, 'utf8')) as { users: { user: object }[] }
      writeFileSync(
        file,
        kubeconfigFor(server, { ...authorityOf(cluster.kubeconfig), ...more }, users[0]!.user),
      )
      return file
    }

    test.each([
      { by: 'HTTPS_PROXY', cluster: () => ({}), environment: () => ({ HTTPS_PROXY: proxy.url }) },
      {
        by: 'proxy-url of the kubeconfig',
        cluster: () => ({ 'proxy-url': proxy.url }),
        environment: () => ({}),
      },
    ])('$by: requests and execs go through it', async ({ cluster, environment }) => {
      const before = proxy.asked.length
      const ended = await by(behind(cluster()), environment())('verify', '--json')
      expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
      expect(resultOf(ended).verdict).toBe('delivered')
      // A tunnel for each exec at the least: a capture in three nodes and three pods, and the probes.
      const tunnels = proxy.asked.slice(before)
      expect(tunnels.length).toBeGreaterThan(10)
      expect(new Set(tunnels).size).toBe(1)
      expect(await left()).toBe('')
    })

    test('NO_PROXY spares the server, whose name then says nothing', async () => {
      const ended = await by(behind({}), { HTTPS_PROXY: proxy.url, NO_PROXY: '.svc' })('verify')
      expect(ended.status).toBe(3)
      expect(complaints(ended)).toHaveLength(1)
      expect(complaints(ended)[0]).toContain('cannot be resolved')
    })

    test('one that is not there is one line', async () => {
      const ended = await by(behind({}), { HTTPS_PROXY: 'http://127.0.0.1:9' })('verify')
      expect(ended.status).toBe(3)
      expect(complaints(ended)).toHaveLength(1)
    })
  })

  test('kubectl podpath is podpath', async () => {
    const bin = join(cluster.lab.where.runtime, 'plugins')
    mkdirSync(bin)
    const { bin: bins } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
      bin: Record<string, string>
    }
    const plugin = join(bin, 'kubectl-podpath')
    writeFileSync(
      plugin,
      `#!/bin/sh\nexec ${process.execPath} ${join(checkout, bins['kubectl-podpath'] ?? '')} "$@"\n`,
      { mode: 0o755 },
    )
    const kubectl = (...args: readonly string[]) =>
      run('kubectl', args, {
        timeout: 90_000,
        env: {
          PATH: `${bin}:${process.env['PATH'] ?? ''}`,
          HOME: cluster.lab.where.runtime,
          KUBECONFIG: cluster.kubeconfig,
          LANG: 'C.UTF-8',
          PODPATH_RUNTIME_DIR: cluster.lab.where.runtime,
        },
      })
    expect((await kubectl('podpath', '--help')).stdout).toMatch(/^Usage: kubectl podpath /)
    expect((await kubectl('podpath', 'trace', '--help')).stdout).toContain(
      '\n  kubectl podpath trace deploy/netshoot-pod www.google.com',
    )
    const dns = await kubectl(
      ...['podpath', 'trace', 'deploy/coredns', 'www.google.com', '-n', 'kube-system', '--json'],
    )
    expect((JSON.parse(dns.stdout) as RunResult).traces[0]?.from.name).toMatch(/^kube-system\/coredns-/)
    rmSync(bin, { recursive: true })
  })
})
