import { podKey, type PodView } from '../../../src/model/view/cluster-view.ts'
import { useWords } from '../../shell/words.ts'

/** The word of `kubectl get pods`, in one of three looks. */
export const stateLook = (pod: PodView): 'good' | 'doubt' | 'bad' =>
  pod.state === 'Running'
    ? pod.ready
      ? 'good'
      : 'doubt'
    : pod.state === 'Succeeded' || pod.state === 'Completed'
      ? 'good'
      : /Error|Failed|BackOff|Unknown|Evicted|Invalid/.test(pod.state)
        ? 'bad'
        : 'doubt'

/** A shape for each look: meaning does not rest on the colour. */
const shapes = { good: '●', doubt: '◐', bad: '▲' } as const

export const StateMark = ({ pod }: { readonly pod: PodView }) => (
  <span className={`state-mark ${stateLook(pod)}`} aria-hidden="true">
    {shapes[stateLook(pod)]}
  </span>
)

export interface PodChipProps {
  readonly pod: PodView
  readonly address: string
  readonly related: boolean
  readonly dimmed: boolean
  readonly onOpen: (pod: PodView) => void
  readonly onRelate: (key: string | null) => void
}

/** A pod in its slot: the address that it holds, its name, and its state where that is not simply running. */
export function PodChip({ pod, address, related, dimmed, onOpen, onRelate }: PodChipProps) {
  const words = useWords().web.cluster
  const key = podKey(pod)
  return (
    <button
      type="button"
      className={`slot held${related ? ' related' : ''}${dimmed ? ' dimmed' : ''} is-${stateLook(pod)}`}
      title={`${key}\n${pod.state}`}
      data-pod={key}
      onClick={() => {
        onOpen(pod)
      }}
      onMouseEnter={() => {
        onRelate(key)
      }}
      onMouseLeave={() => {
        onRelate(null)
      }}
      onFocus={() => {
        onRelate(key)
      }}
      onBlur={() => {
        onRelate(null)
      }}
    >
      <span className="slot-pod">
        <StateMark pod={pod} />
        <span className="clip">{pod.name}</span>
      </span>
      <span className="slot-address mono">{address}</span>
      {pod.state === 'Running' && pod.ready ? null : <span className="slot-state">{pod.state}</span>}
      <span className="hidden">
        , {pod.state}: {words.openPod(key)}
      </span>
    </button>
  )
}
