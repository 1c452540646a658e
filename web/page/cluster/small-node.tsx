import { memo } from 'react'
import { podKey, type NodeView } from '../../../src/model/view/cluster-view.ts'
import { useWords } from '../../shell/words.ts'
import { deviceName } from './node-card.tsx'
import { stateLook } from './pod-chip.tsx'

export interface SmallNodeProps {
  readonly node: NodeView
  readonly hits: ReadonlySet<string> | null
  readonly onOpen: (node: NodeView) => void
}

/** A node of a large cluster: one small square for each slot. Opening it shows it whole. */
export const SmallNode = memo(function SmallNode({ node, hits, onOpen }: SmallNodeProps) {
  const words = useWords().web.cluster
  const looks = new Map(node.pods.map((pod) => [podKey(pod), stateLook(pod)]))
  const whole = hits === null || hits.has(node.name)
  return (
    <button
      type="button"
      className="small-node"
      onClick={() => {
        onOpen(node)
      }}
    >
      <span className="small-name">
        <span className={node.ready ? 'good' : 'bad'} aria-hidden="true">
          {node.ready ? '✓' : '▲'}
        </span>
        <span className="clip">{node.name}</span>
      </span>
      <span className="quiet small-facts">
        {node.instanceType} · {words.podsOf(node.pods.length, node.mostPods)}
      </span>
      <span className="hidden">, {words.openNode(node.name)}</span>
      {(node.enis ?? []).slice(0, 4).map((eni) => (
        <span key={eni.id} className="small-eni" aria-hidden="true">
          <span className="mono">{deviceName(eni)}</span>
          <span className="squares">
            {eni.slots.slice(0, 32).map((slot) => (
              <i
                key={slot.address}
                className={
                  slot.pod === null
                    ? 'free'
                    : `${looks.get(slot.pod) ?? 'good'}${whole || hits.has(slot.pod) ? '' : ' dimmed'}`
                }
              />
            ))}
          </span>
        </span>
      ))}
    </button>
  )
})
