import { SandboxError, type SandboxRequest } from '../../sandbox.ts'
import type { EventWords } from '../events.ts'
import type { Pod } from '../objects/pod.ts'
import { sysctlsOf, withDots } from '../objects/sysctl.ts'
import { hostsFile, resolvConf } from './pod-files.ts'
import { podVolumes, VolumeError, type PodVolumes } from './volumes.ts'
import type { WorkerSurroundings } from './worker-surroundings.ts'

/** A pod's volumes as they are to be now. Throws a VolumeError. */
const volumesOf = (pod: Pod, podIP: string, around: WorkerSurroundings): PodVolumes =>
  podVolumes(pod, { pod, podIP, hostIP: around.nodeAddress, ...around.sources(pod) })

/** Writes the files of a running pod's volumes anew; they stay as they are while their sources are not whole. */
export function writeVolumes(pod: Pod, podIP: string, around: WorkerSurroundings): void {
  try {
    for (const volume of volumesOf(pod, podIP, around).volumes)
      if (volume.kind === 'files') around.sandboxes.writeVolume(pod.metadata.uid, volume.name, volume.files)
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error
  }
}

/**
 * What a pod's sandbox is to be like. One that is made anew gets another address: the one before it cools.
 * Throws a VolumeError.
 */
export function sandboxRequest(pod: Pod, around: WorkerSurroundings, anew: boolean): SandboxRequest {
  const { metadata, spec } = pod
  const address = anew ? undefined : around.addressFor(pod)
  const onHost = spec.hostNetwork === true
  const node = spec.nodeName ?? ''
  const sysctls = sysctlsOf(spec).map(({ name, value }) => ({ name: withDots(name), value }))
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    node,
    hostname: onHost ? node : (spec.hostname ?? metadata.name),
    hostNetwork: onHost,
    hostPID: spec.hostPID === true,
    hosts: (given) => hostsFile(pod, given, node),
    resolvConf: resolvConf(pod, around.dns),
    ...(sysctls.length === 0 ? {} : { sysctls }),
    ...volumesOf(pod, '', around),
    ...(address === undefined || onHost ? {} : { address }),
  }
}

/** The kubelet's words for a sandbox that could not be made. */
export function sandboxProblem(error: unknown, sandboxId: string): EventWords {
  if (error instanceof VolumeError)
    return {
      type: 'Warning',
      reason: 'FailedMount',
      message: `MountVolume.SetUp failed for volume "${error.volume}" : ${error.message}`,
    }
  const why = error instanceof Error ? error.message : String(error)
  if (error instanceof SandboxError && error.code === 'volume')
    return { type: 'Warning', reason: 'FailedMount', message: why }
  if (error instanceof SandboxError && error.code === 'runtime')
    return {
      type: 'Warning',
      reason: 'FailedCreatePodSandBox',
      message: `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to start sandbox "${sandboxId}": ${why}`,
    }
  const words =
    error instanceof SandboxError && error.code === 'no-address'
      ? 'add cmd: failed to assign an IP address to container'
      : why
  return {
    type: 'Warning',
    reason: 'FailedCreatePodSandBox',
    message: `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${sandboxId}": plugin type="aws-cni" name="aws-cni" failed (add): ${words}`,
  }
}

/** The kubelet's words for a sandbox that could not be taken away. */
export const sandboxLeft = (error: unknown, uid: string): EventWords => ({
  type: 'Warning',
  reason: 'FailedKillPod',
  message: `error killing pod: failed to "KillPodSandbox" for "${uid}" with KillPodSandboxError: "${error instanceof Error ? error.message : String(error)}"`,
})
