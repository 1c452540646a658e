import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultCodes } from '../../src/model/lab/fault.ts'
import { faults } from '../../src/lab/fault/catalogue.ts'
import { kernelState } from './lab-state.ts'
import { labUp, type TestLab } from './lab.ts'

/** AL2023's nodes have another iptables and another aws-node, whose rules look otherwise. Needs namespaces and kubectl. */

let lab: TestLab
/** What stands in the nodes' and pods' kernels: what was read after one fault is what stands before the next. */
let state: readonly string[]
beforeAll(async () => {
  lab = await labUp(['--name=faults-al2023', '--ami=al2023'])
  await duplicatesLookedFor()
  state = await kernelState(lab)
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

/** What is done to the VPC is done by EC2's API, whatever the nodes are: break-heal/ has it. */
const onNodes = faultCodes.filter((code) => faults[code].at !== 'vpc')

test.each(onNodes)('%s is done and undone on AL2023 too', { timeout: 240_000 }, async (code) => {
  const broke = await lab.podpath('lab', 'break', code, '--name', 'faults-al2023')
  expect(broke.stderr).toBe('')
  expect(broke.status).toBe(0)
  const healed = await lab.podpath('lab', 'heal', code, '--name', 'faults-al2023')
  expect(healed.stderr).toBe('')
  expect(healed.status).toBe(0)
  // CoreDNS has other pods then.
  const before = state
  state = await kernelState(lab)
  if (code !== 'dns-scaled-to-zero') expect(state).toEqual(before)
})

test('after all of that every statement of the tutorial holds', async () => {
  const { ended, result } = await lab.verify()
  expect(result.findings).toEqual([])
  expect(ended.status).toBe(0)
})
