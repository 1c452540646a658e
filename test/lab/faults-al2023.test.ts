import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultCodes } from '../../src/model/lab/fault.ts'
import { labUp, type TestLab } from './lab.ts'

/** AL2023's nodes have another iptables and another aws-node, whose rules look otherwise. Needs namespaces and kubectl. */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=faults-al2023', '--ami=al2023'])
  await duplicatesLookedFor()
})
afterAll(async () => {
  await lab.down()
})

/** A second after a device is up its link-local address is found to be the only one, and its route appears (RFC 4862, 5.4). */
async function duplicatesLookedFor(): Promise<void> {
  const until = Date.now() + 20_000
  while ((await lab.onNode(1, 'ip -6 addr show tentative')).output !== '') {
    if (Date.now() > until) throw new Error('node 1 still looks for duplicates of its addresses')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Everything that a fault on a node may touch. */
const tables = async (): Promise<string> => {
  const { output } = await lab.onNode(
    1,
    'iptables-save | grep -v "^[#:]"; iptables -S FORWARD | head -n 1; ip rule; ip route show table all | sort; sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.ipv4.conf.ens5.rp_filter',
  )
  return output
}

test.each(faultCodes)('%s is done and undone on AL2023 too', async (code) => {
  const before = await tables()
  const broke = await lab.podpath('lab', 'break', code, '--name', 'faults-al2023')
  expect(broke.stderr).toBe('')
  expect(broke.status).toBe(0)
  const healed = await lab.podpath('lab', 'heal', code, '--name', 'faults-al2023')
  expect(healed.stderr).toBe('')
  expect(healed.status).toBe(0)
  expect(await tables()).toBe(before)
})

test('after all of that every statement of the tutorial holds', async () => {
  const { ended, result } = await lab.verify()
  expect(result.findings).toEqual([])
  expect(ended.status).toBe(0)
})
