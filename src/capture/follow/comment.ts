import type { Sighting } from '../../model/packet/sighting.ts'
import type { Observation } from './follow.ts'
import type { Visit } from './walk.ts'
import type { CommentOn } from '../files/run-capture.ts'

/** What Wireshark shows beside each packet of the probe: which one it is, and how far on its way. */
export function probeComments(observation: Observation, label = 'podpath'): CommentOn {
  const comments = new Map<string, string>()
  const note = (sighting: Sighting | null, text: string): void => {
    if (!sighting) return
    const key = `${sighting.capture} ${sighting.frame}`
    if (!comments.has(key)) comments.set(key, text)
  }
  observation.probes.forEach((probe, i) => {
    const number = `${label}: probe ${i + 1} of ${observation.probes.length}`
    noteVisits(probe.forwardVisits, `${number}, forward`, note)
    noteVisits(probe.replyVisits, `${number}, reply`, note)
    for (const error of probe.errors) note(error.first, `${number}, ICMP error about it`)
    for (const duplicate of probe.duplicates) note(duplicate, `${number}, seen again at the same place`)
  })
  return (capture, frame) => comments.get(`${capture} ${frame}`)
}

function noteVisits(
  visits: readonly Visit[],
  what: string,
  note: (sighting: Sighting | null, text: string) => void,
): void {
  visits.forEach((visit, i) => {
    const stay = `${what}, stack ${i + 1} of ${visits.length} seen`
    note(visit.in, `${stay}: into ${visit.stack}`)
    note(visit.out, `${stay}: out of ${visit.stack}`)
  })
}
