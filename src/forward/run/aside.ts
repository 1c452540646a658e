import type { CompiledStack, Run } from '../compiled/fabric.ts'
import type { PacketState } from './packet-state.ts'

/**
 * Another packet than the run's own, which has to pass before that may go on: `work` walks it, and afterwards everything is
 * as it was. Choices that it leaves are choices of the run. What it decides is written down nowhere.
 */
export function aside<T>(run: Run, stack: CompiledStack, packet: PacketState, work: () => T): T {
  const { inLink, outLink, gateway, routeMtu, routeLine, natManip, uid, local } = run
  const { stop, routed, tracking, connection, isReply, isAside } = run
  const before = { packet: run.packet, stack: run.stack }
  run.packet = packet
  run.routed = null
  run.uid = null
  run.isAside = true
  run.forgetInert()
  run.moveTo(stack)
  const open = run.recorder?.pause() ?? null
  try {
    return work()
  } finally {
    run.recorder?.resume(open)
    Object.assign(run, before, { inLink, outLink, gateway, routeMtu, routeLine, natManip, uid, local })
    Object.assign(run, { stop, routed, tracking, connection, isReply, isAside })
    run.forgetInert()
  }
}
