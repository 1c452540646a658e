import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { parse } from 'yaml'
import type { RunResult } from '../../src/model/result/result.ts'
import type { FaultyApi } from '../cluster/faulty-api.ts'
import { labBehindFaultyApi, type LabBehindFaultyApi } from '../lab/behind-faulty-api.ts'
import type { TestLab } from '../lab/lab.ts'
import { podpath, type Ended } from '../lab/podpath.ts'

/**
 * The real command against a cluster that it knows by a kubeconfig alone, as one on EKS: the lab stands behind it, and
 * in some tests a server that misbehaves in between. Needs namespaces and kubectl.
 */
export interface RealCluster {
  readonly lab: TestLab
  /** What `spoiled` talks to; well again after each test. */
  readonly faulty: FaultyApi
  /** The kubeconfig that leads to the lab itself. */
  readonly kubeconfig: string
  /** The variables that give podpath the account's credentials. */
  readonly aws: () => Record<string, string>
  /** podpath with this kubeconfig. */
  readonly by: (
    kubeconfig: string,
    environment?: Readonly<Record<string, string>>,
  ) => (...args: readonly string[]) => Promise<Ended>
  /** podpath, straight to the lab. */
  readonly direct: (...args: readonly string[]) => Promise<Ended>
  /** podpath, through the server that may misbehave. */
  readonly spoiled: (...args: readonly string[]) => Promise<Ended>
  /** What of podpath's is in the cluster. */
  readonly left: () => Promise<string>
  readonly apply: (yaml: string) => Promise<string>
}

/** Brings one up for the tests of the file that calls it, and takes it down after them. */
export function realCluster(name: string): RealCluster {
  let up: LabBehindFaultyApi | undefined
  const cluster = (): LabBehindFaultyApi => {
    if (up === undefined) throw new Error('the cluster is not up yet')
    return up
  }
  beforeAll(async () => {
    up = await labBehindFaultyApi(name)
  })
  afterAll(() => up?.down())
  afterEach(() => up?.faulty.spoil(() => undefined))
  const by: RealCluster['by'] =
    (kubeconfig, environment = {}) =>
    (...args) =>
      podpath(args, { ...cluster().lab.where, environment: { KUBECONFIG: kubeconfig, ...environment } })
  return {
    get lab() {
      return cluster().lab
    },
    get faulty() {
      return cluster().faulty
    },
    get kubeconfig() {
      return cluster().kubeconfig
    },
    aws: () => {
      const { aws } = cluster().lab.record
      return {
        AWS_ENDPOINT_URL: aws?.endpoint ?? '',
        AWS_ACCESS_KEY_ID: aws?.accessKeyId ?? '',
        AWS_SECRET_ACCESS_KEY: aws?.secretAccessKey ?? '',
      }
    },
    by,
    direct: (...args) => by(cluster().kubeconfig)(...args),
    spoiled: (...args) => by(cluster().faulty.kubeconfig)(...args),
    left: () =>
      cluster().lab.kubectl(
        ...['get', 'namespaces,pods,deployments', '-A', '-o', 'name'],
        ...['-l', 'app.kubernetes.io/managed-by=podpath'],
      ),
    apply: async (yaml) => {
      const file = join(cluster().lab.where.runtime, 'manifest.yaml')
      writeFileSync(file, yaml)
      return cluster().lab.kubectl('apply', '-f', file)
    },
  }
}

/** The result that a command with `--json` has printed. */
export const resultOf = (ended: Ended): RunResult => {
  if (ended.stdout === '') throw new Error(`no result: exit ${ended.status}: ${ended.stderr}`)
  return JSON.parse(ended.stdout) as RunResult
}
/** The lines on standard error that are no progress. */
export const complaints = ({ stderr }: Ended): readonly string[] =>
  stderr.split('\n').filter((line) => line.startsWith('podpath:'))

/** What a kubeconfig says of its cluster. */
export const clusterOf = (kubeconfig: string): { server: string; 'certificate-authority-data': string } =>
  (
    parse(readFileSync(kubeconfig, 'utf8')) as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    }
  ).clusters[0]!.cluster

/** By what its server is known. */
export const authorityOf = (kubeconfig: string): object => ({
  'certificate-authority-data': clusterOf(kubeconfig)['certificate-authority-data'],
})
