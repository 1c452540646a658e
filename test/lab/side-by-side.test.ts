import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labUp, type TestLab } from './lab.ts'

/** Two labs of two images at the same time: same addresses, same names, and nothing of one in the other. */

let al2: TestLab
let al2023: TestLab
beforeAll(async () => {
  al2 = await labUp(['--name=side-al2'])
  al2023 = await labUp(['--name=side-al2023', '--ami=al2023'], al2.where)
})
afterAll(async () => {
  await al2023?.down()
  await al2?.down()
})

const both = [
  { ami: 'al2', lab: () => al2, says: /Amazon Linux 2 +5\.10\./, device: 'eth0', iptables: 'legacy' },
  {
    ami: 'al2023',
    lab: () => al2023,
    says: /Amazon Linux 2023\.\S+ +6\./,
    device: 'ens5',
    iptables: 'nf_tables',
  },
]

describe.each(both)('$ami, beside the other', ({ lab, says, device, iptables }) => {
  test('every statement of the tutorial holds', async () => {
    const { ended, result } = await lab().verify()
    const checks = result.experiments.flatMap((one) => one.checks)
    expect(checks.filter(({ state }) => state !== 'passed')).toEqual([])
    expect({ status: ended.status, verdict: result.verdict }).toEqual({ status: 0, verdict: 'delivered' })
    const path = result.traces.at(-1)?.observed?.forward ?? []
    expect(path.find(({ stack }) => stack === `node/${lab().nodes[0]}`)?.out).toBe(device)
  })

  test('kubectl get nodes tells the image', async () => {
    const rows = (await lab().kubectl('get', 'nodes', '-o', 'wide', '--no-headers')).trimEnd().split('\n')
    expect(rows).toHaveLength(3)
    for (const row of rows) expect(row).toMatch(says)
  })

  test('its nodes have its iptables', async () => {
    expect((await lab().onNode(1, 'iptables --version')).output).toContain(iptables)
  })
})

test('what is done in one is not done in the other', async () => {
  expect(al2.addresses).toEqual(al2023.addresses)
  await al2.kubectl('run', 'alone', '--image=pause')
  await al2.kubectl('wait', '--for=condition=Ready', 'pod/alone', '--timeout=25s')
  expect(await al2023.kubectl('get', 'pods', 'alone', '--ignore-not-found')).toBe('')
  const address = (await al2.kubectl('get', 'pod', 'alone', '-o', 'jsonpath={.status.podIP}')).trim()
  expect((await al2.inPod(1, `ping -c 1 -W 2 ${address}`)).status).toBe(0)
  expect((await al2023.inPod(1, `ping -c 1 -W 1 ${address}`)).status).not.toBe(0)
})

test('status tells both, and the end of one is not the end of the other', async () => {
  const { stdout } = await al2.podpath('lab', 'status')
  expect(stdout).toMatch(/side-al2\b/)
  expect(stdout).toContain('side-al2023')
  expect((await al2.podpath('lab', 'down', '--name=side-al2')).status).toBe(0)
  expect((await al2023.inPod(1, `ping -c 1 -W 2 ${al2023.addresses[2]}`)).status).toBe(0)
})
