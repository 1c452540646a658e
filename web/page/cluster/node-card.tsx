import { memo } from 'react'
import { podKey, type EniView, type NodeView, type PodView } from '../../../src/model/view/cluster-view.ts'
import { useWords } from '../../shell/words.ts'
import { PodChip } from './pod-chip.tsx'

export interface NodeCardProps {
  readonly node: NodeView
  /** The pod under the pointer or the focus, if it is of this node. */
  readonly related: string | null
  /** What a search has found; null: nothing was searched. */
  readonly hits: ReadonlySet<string> | null
  readonly asking: boolean
  readonly onOpen: (pod: PodView) => void
  readonly onRelate: (key: string | null) => void
}

/** How an ENI is called where its node's name for it is not known. */
export const deviceName = (eni: EniView): string => eni.device ?? `ENI ${eni.deviceIndex}`

/** A node: its ENIs with the slots that they give to pods, and the pods on its own network. */
export const NodeCard = memo(function NodeCard({
  node,
  related,
  hits,
  asking,
  onOpen,
  onRelate,
}: NodeCardProps) {
  const words = useWords().web.cluster
  const pods = new Map(node.pods.map((pod) => [podKey(pod), pod]))
  const inSlots = new Set((node.enis ?? []).flatMap((eni) => eni.slots.map((slot) => slot.pod ?? '')))
  const host = node.pods.filter((pod) => pod.hostNetwork)
  const others = node.pods.filter((pod) => !pod.hostNetwork && !inSlots.has(podKey(pod)))
  const shown = related === null ? undefined : pods.get(related)
  const chip = (pod: PodView, address: string) => (
    <PodChip
      key={`${podKey(pod)} ${address}`}
      pod={pod}
      address={address}
      related={related === podKey(pod)}
      dimmed={hits !== null && !hits.has(podKey(pod)) && !hits.has(node.name)}
      onOpen={onOpen}
      onRelate={onRelate}
    />
  )
  return (
    <article className="card node-card" aria-label={node.name}>
      <header className="node-head">
        <h3 className="node-name">{node.name}</h3>
        <span className={`badge ${node.ready ? 'good' : 'bad'}`}>
          {node.ready ? `✓ ${words.ready}` : `▲ ${words.notReady}`}
        </span>
      </header>
      <p className="node-facts quiet">
        {[node.instanceType, node.zone, node.instance].filter((part) => part !== null).join(' · ')}
        <br />
        <span className="mono">{node.addresses.join(' ')}</span>
        {node.publicAddress === null ? null : (
          <>
            {' '}
            · {words.publicAddress} <span className="mono">{node.publicAddress}</span>
          </>
        )}
        {' · '}
        {words.podsOf(node.pods.filter((pod) => pod.state !== 'Completed').length, node.mostPods)}
      </p>
      {node.enis === null ? (
        <p className="quiet">{asking ? words.askingEc2 : words.noEnis}</p>
      ) : (
        node.enis.map((eni) => (
          <Eni key={eni.id} eni={eni} first={eni.deviceIndex === 0} pods={pods} hits={hits} chip={chip} />
        ))
      )}
      {others.length === 0 ? null : (
        <section className="eni">
          <h4>{words.otherPods}</h4>
          <div className="slots">{others.map((pod) => chip(pod, pod.addresses[0] ?? ''))}</div>
        </section>
      )}
      {host.length === 0 ? null : (
        <section className="eni host">
          <h4 title={words.hostNetworkHint}>{words.hostNetwork}</h4>
          <div className="slots">{host.map((pod) => chip(pod, ''))}</div>
        </section>
      )}
      <p className="route-line mono" aria-hidden="true">
        {shown?.route === undefined ? ' ' : `${shown.name} → ${shown.route}`}
      </p>
    </article>
  )
})

interface EniProps {
  readonly eni: EniView
  readonly first: boolean
  readonly pods: ReadonlyMap<string, PodView>
  readonly hits: ReadonlySet<string> | null
  readonly chip: (pod: PodView, address: string) => React.ReactNode
}

function Eni({ eni, first, pods, hits, chip }: EniProps) {
  const words = useWords().web.cluster
  const held = eni.slots.filter((slot) => slot.pod !== null).length
  return (
    <section className={`eni${hits?.has(eni.id) === true ? ' hit' : ''}`}>
      <h4>
        <span className="device mono">{deviceName(eni)}</span>
        <span
          className="mono quiet clip"
          title={`${eni.id} · ${eni.subnet} · ${eni.securityGroups.join(' ')}`}
        >
          {eni.id}
        </span>
        <span className="meter" aria-label={words.slots(held, eni.room)}>
          {held}/{eni.room}
        </span>
      </h4>
      <div className="slots">
        <span className="slot primary" title={first ? words.primaryOfNode : words.primaryUnused}>
          <span className="slot-pod">{words.primaryAddress}</span>
          <span className="slot-address mono">{eni.primary}</span>
        </span>
        {eni.slots.map((slot) => {
          const pod = slot.pod === null ? undefined : pods.get(slot.pod)
          return pod ? (
            chip(pod, slot.address)
          ) : (
            <span
              key={slot.address}
              className={`slot free${hits?.has(slot.address) === true ? ' related' : ''}`}
              title={words.freeSlot(slot.address)}
            >
              <span className="slot-pod">{slot.pod ?? words.free}</span>
              <span className="slot-address mono">{slot.address}</span>
            </span>
          )
        })}
        {eni.prefixes.map(({ prefix, held, size }) => (
          <span key={prefix} className="slot free" title={words.prefixSlot(prefix, held, size)}>
            <span className="slot-pod">{words.prefix(held, size)}</span>
            <span className="slot-address mono">{prefix}</span>
          </span>
        ))}
      </div>
    </section>
  )
}
