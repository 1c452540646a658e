import { setTimeout as delay } from 'node:timers/promises'
import type { Agents } from '../../cluster/agent/agent.ts'
import { LabError } from '../../lab/daemon/lab-error.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'
import { faults } from '../../lab/fault/catalogue.ts'
import type { Remedy } from '../../lab/fault/fault.ts'
import { changeKubernetes, undoInKubernetes } from '../../lab/fault/kubernetes-change.ts'
import { KubernetesFailure, kubernetesDoor, type KubernetesDoor } from '../../lab/fault/kubernetes-door.ts'
import { changeVpc, undoInVpc } from '../../lab/fault/vpc-change.ts'
import type { FaultCode } from '../../model/lab/fault.ts'
import { runFault, runScript, type Victim } from './fault-target.ts'

/** Breaks one thing in a lab and returns what undoes it. Rejects with a LabError; then nothing is broken. */
export async function doFault(
  record: LabRecord,
  agents: Agents,
  code: FaultCode,
  victim: Victim,
): Promise<Remedy> {
  const fault = faults[code]
  const [pod = ''] = victim.pod.addresses
  switch (fault.at) {
    case 'vpc': {
      if (!record.aws) throw new LabError({ kind: 'no-aws', name: record.name })
      const [peer = ''] = victim.peer.addresses
      const target = { node: victim.nodeAddress, pod, peer }
      return { kind: 'ec2', requests: await changeVpc(record.aws, fault.change, target) }
    }
    case 'kubernetes':
      return onKubernetes(record, async (door) => {
        const remedy = await changeKubernetes(door, fault.change, fault.inForce)
        try {
          await untilOnNodes(agents, fault.inForce, true)
        } catch (error) {
          await undoInKubernetes(door, remedy)
          throw error
        }
        return remedy
      })
    default: {
      const undo = await runFault(agents, fault.at, victim, fault.script)
      if (undo === '') throw new LabError({ kind: 'no-undo', fault: code })
      return { kind: 'script', at: fault.at, node: victim.node, pod, script: undo }
    }
  }
}

/** Undoes it; what somebody undid by hand is left as it is. Rejects with a LabError. */
export async function undoFault(record: LabRecord, agents: Agents, remedy: Remedy): Promise<void> {
  switch (remedy.kind) {
    case 'ec2':
      if (!record.aws) throw new LabError({ kind: 'no-aws', name: record.name })
      return undoInVpc(record.aws, remedy.requests)
    case 'kubernetes-field':
    case 'kubernetes-object':
      return onKubernetes(record, async (door) => {
        await undoInKubernetes(door, remedy)
        await untilOnNodes(agents, remedy.inForce, false)
      })
    case 'script':
      await runScript(agents, remedy.at, { node: remedy.node, address: remedy.pod }, remedy.script)
  }
}

async function onKubernetes<T>(record: LabRecord, use: (door: KubernetesDoor) => Promise<T>): Promise<T> {
  if (!record.kubernetes) throw new LabError({ kind: 'no-kubernetes', name: record.name })
  try {
    return await use(kubernetesDoor(record.kubernetes))
  } catch (error) {
    if (error instanceof KubernetesFailure)
      throw new LabError({ kind: 'kubernetes-refused', said: error.message })
    throw error
  }
}

/** Milliseconds until a change of Kubernetes' objects must have come to every node; aws-node restarts on one after the other. */
const patience = 60_000
const pause = 200

async function untilOnNodes(agents: Agents, condition: string, holds: boolean): Promise<void> {
  const until = Date.now() + patience
  const asked = `if ${condition}; then echo yes; else echo no; fi`
  for (const node of agents.byNode.keys())
    while ((await runScript(agents, 'node', { node, address: '' }, asked)) !== (holds ? 'yes' : 'no')) {
      if (Date.now() > until) throw new LabError({ kind: 'not-in-force', node, seconds: patience / 1000 })
      await delay(pause)
    }
}
