import type { PodFacts } from '../../kubernetes/facts.ts'
import type { Trial, TrialReceiver } from '../../lab/fault/fault.ts'
import type { Victim } from './fault-target.ts'

export const nameOf = (pod: PodFacts): string => `${pod.namespace}/${pod.name}`

/** The words of `podpath trace` for the flow that shows a fault. */
export const trialWords = (trial: Trial, victim: Victim): readonly string[] => [
  wordFor(trial.from, victim),
  wordFor(trial.to, victim),
  ...(trial.with ?? []),
]

function wordFor(who: TrialReceiver, victim: Victim): string {
  switch (who) {
    case 'pod':
      return nameOf(victim.pod)
    case 'peer':
      return nameOf(victim.peer)
    case 'neighbour':
      return nameOf(victim.neighbour ?? victim.pod)
    case 'node':
      return `node/${victim.node}`
    case 'internet':
      return 'www.google.com'
    case 'dns-service':
      return 'svc/kube-system/kube-dns:53'
    case 'dns-address':
      return victim.service
    case 'metadata':
      return '169.254.169.254'
  }
}
