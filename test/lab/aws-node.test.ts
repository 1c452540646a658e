import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunResult } from '../../src/model/result/result.ts'
import { labUp, type TestLab } from './lab.ts'

/** What aws-node's environment decides on its node, from the moment that it starts with it. Needs namespaces and kubectl. */

describe.each(['al2', 'al2023'])('a lab of %s', (ami) => {
  const name = `environment-${ami}`
  let lab: TestLab
  let fresh: string
  beforeAll(async () => {
    lab = await labUp([`--name=${name}`, `--ami=${ami}`])
    fresh = await tables()
  }, 120_000)
  afterAll(async () => {
    await lab.down()
  })

  const tables = async (): Promise<string> => {
    const list = 'iptables-save | sed -e "/^#/d" -e "s/ \\[[0-9:]*\\]$//"; ip rule; nft list table ip aws-cni'
    // Counters of nftables tell what has passed.
    return (await lab.onNode(1, list)).output.replace(/counter packets \d+ bytes \d+/g, 'counter')
  }
  const trace = async (): Promise<RunResult> =>
    (await lab.ask('trace', lab.pods[0]!, 'www.google.com', '--timeout', '1')).result

  test('AWS_VPC_K8S_CNI_EXTERNALSNAT=true leaves SNAT to a NAT gateway: without one, the finding names the node', async () => {
    await lab.awsNodeWith('AWS_VPC_K8S_CNI_EXTERNALSNAT=true')
    const { verdict, findings } = await trace()
    expect(verdict).toBe('dropped')
    expect(findings).toMatchObject([
      {
        code: 'SNAT_MISSING',
        at: `node/${lab.nodes[0]}`,
        message: expect.stringContaining('AWS_VPC_K8S_CNI_EXTERNALSNAT=false'),
        todo: expect.arrayContaining([
          expect.objectContaining({
            commands: [
              'kubectl -n kube-system set env daemonset/aws-node AWS_VPC_K8S_CNI_EXTERNALSNAT=false',
            ],
          }),
        ]),
      },
    ])
  })

  test('and back again all is as it was', async () => {
    await lab.awsNodeWith('AWS_VPC_K8S_CNI_EXTERNALSNAT=false')
    expect(await tables()).toBe(fresh)
    expect((await trace()).verdict).toBe('delivered')
  })

  test('an excluded prefix keeps the pod’s address, and the finding names the rule', async () => {
    await lab.awsNodeWith('AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS=198.51.100.0/24')
    const { findings } = await trace()
    expect(findings).toMatchObject([{ code: 'SNAT_MISSING', at: `node/${lab.nodes[0]}` }])
    if (ami === 'al2')
      expect(findings[0]?.by).toMatch(/^-A AWS-SNAT-CHAIN-1 ! -d 198\.51\.100\.0\/24 .*-j AWS-SNAT-CHAIN-2$/)
    else expect(findings[0]?.by).toMatch(/^-A AWS-SNAT-CHAIN-0 -d 198\.51\.100\.0\/24 .*-j RETURN$/)
    await lab.awsNodeWith('AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS-')
    expect(await tables()).toBe(fresh)
  })

  test('what it cannot read has its default, and its log says so', async () => {
    await lab.awsNodeWith('AWS_VPC_K8S_CNI_EXTERNALSNAT=perhaps')
    expect(await tables()).toBe(fresh)
    const log = await lab.podpath(
      ...['lab', 'shell', '--name', name, '--', 'ssh', lab.record.environment['N1'] ?? ''],
      'sudo tail -n 1 /var/log/aws-routed-eni/ipamd.log',
    )
    expect(log.stdout).toContain('Failed to parse AWS_VPC_K8S_CNI_EXTERNALSNAT')
  })

  test('what somebody took of its lines is back when it starts; strangers’ lines stay', async () => {
    await lab.onNode(
      1,
      'ip rule del pref 1024; iptables -t nat -F AWS-SNAT-CHAIN-0; iptables -t nat -A POSTROUTING -s 10.9.9.9/32 -j ACCEPT',
    )
    await lab.kubectl('-n', 'kube-system', 'rollout', 'restart', 'daemonset/aws-node')
    await lab.kubectl('-n', 'kube-system', 'rollout', 'status', 'daemonset/aws-node', '--timeout=60s')
    const stranger = '-A POSTROUTING -s 10.9.9.9/32 -j ACCEPT\n'
    const now = await tables()
    expect(now).toContain(stranger)
    expect(now.replace(stranger, '')).toBe(fresh)
  })
})
