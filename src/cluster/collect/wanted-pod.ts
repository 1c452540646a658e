import type { PodFacts } from '../../kubernetes/facts.ts'
import type { WantedPod } from './snapshot-script.ts'

/** What the agent needs to find a pod's namespace. */
export const wantedPod = (pod: PodFacts): WantedPod => ({ address: pod.addresses[0] ?? '', uid: pod.uid })
