import { useQuery } from '@tanstack/react-query'
import { podKey, type ClusterView, type PodView } from '../../../src/model/view/cluster-view.ts'
import type { PodNamespaceView } from '../../../src/model/view/tables-view.ts'
import { useConnection } from '../../client/client-context.ts'
import { Drawer } from '../../component/drawer.tsx'
import { Notice } from '../../component/notice.tsx'
import { SnapshotBar } from '../../component/snapshot-bar.tsx'
import { useSnapshot } from '../../component/use-snapshot.ts'
import { Waiting } from '../../component/waiting.tsx'
import { hrefOf } from '../../shell/route.ts'
import { useWords } from '../../shell/words.ts'
import { deviceName } from './node-card.tsx'
import { StateMark } from './pod-chip.tsx'

/** Everything about one pod: where it stands, its own network namespace, and what its node says of it. */
export function PodDrawer(props: {
  readonly pod: PodView
  readonly view: ClusterView
  readonly onClose: () => void
}) {
  const { web } = useWords()
  const words = web.cluster
  const { session } = useConnection()
  const { pod, view } = props
  const eni = view.nodes
    .find(({ name }) => name === pod.node)
    ?.enis?.find((one) => one.slots.some((slot) => slot.pod === podKey(pod)))
  const stack = `pod/${podKey(pod)}`
  return (
    <Drawer title={podKey(pod)} closeLabel={words.close} onClose={props.onClose}>
      <dl className="facts">
        <dt>{words.state}</dt>
        <dd>
          <StateMark pod={pod} /> {pod.state}
        </dd>
        <dt>{words.node}</dt>
        <dd>{pod.node ?? words.unplaced}</dd>
        <dt>{words.address}</dt>
        <dd className="mono">{pod.addresses.join(' ') || '–'}</dd>
        {eni ? (
          <>
            <dt>{words.slot}</dt>
            <dd className="mono">{words.onEni(deviceName(eni), eni.id)}</dd>
          </>
        ) : null}
        <dt>{words.image}</dt>
        <dd className="mono">{pod.image}</dd>
        {pod.owner === null ? null : (
          <>
            <dt>{words.madeBy}</dt>
            <dd>{pod.owner}</dd>
          </>
        )}
      </dl>
      <p className="links">
        <a className="button" href={hrefOf(['trace'], { from: session.live ? podKey(pod) : stack })}>
          {session.live ? words.trace : web.trace.predict}
        </a>
        {pod.hostNetwork ? (
          <a className="button" href={hrefOf(['tables'], { stack: `node/${pod.node ?? ''}` })}>
            {words.tables}
          </a>
        ) : (
          <a className="button" href={hrefOf(['tables'], { stack })}>
            {words.tables}
          </a>
        )}
      </p>
      {pod.hostNetwork ? <p>{words.usesHost}</p> : <Namespace pod={pod} />}
    </Drawer>
  )
}

function Namespace({ pod }: { readonly pod: PodView }) {
  const words = useWords().web.cluster
  const { client } = useConnection()
  const snapshot = useSnapshot()
  const taken = snapshot.state?.kind === 'taken'
  const read = useQuery({
    queryKey: ['read', 'pod', podKey(pod)],
    queryFn: ({ signal }) => client.podNamespace(pod.namespace, pod.name, signal),
    enabled: taken,
  })
  return (
    <>
      <SnapshotBar snapshot={snapshot} />
      {!taken ? null : read.error ? (
        <Notice kind="warning" title={words.cannotRead}>
          {read.error.message}
        </Notice>
      ) : read.data ? (
        <Lines view={read.data} />
      ) : (
        <Waiting />
      )}
    </>
  )
}

function Lines({ view }: { readonly view: PodNamespaceView }) {
  const words = useWords().web.cluster
  return (
    <>
      <h3>{words.ownNamespace}</h3>
      <Block title={words.addresses} lines={view.own.addresses} />
      <Block title={words.routes} lines={view.own.routes} />
      <Block title={words.neighbours} lines={view.own.neighbours} />
      <h3>{words.onTheNode}</h3>
      {view.hostDevice === null ? null : <p>{words.hostEnd(view.hostDevice)}</p>}
      <Block title={words.nodeRoutes} lines={view.ofNode.routes} />
      <Block title={words.nodeRules} lines={view.ofNode.rules} />
      <Block
        title={words.nodeIptables}
        lines={view.ofNode.iptables.map(({ table, line }) => `${table}  ${line}`)}
      />
      <h4>{words.networkPolicies}</h4>
      {view.policies.length === 0 ? (
        <p className="quiet">{words.noPolicies}</p>
      ) : (
        <ul>
          {view.policies.map((policy) => (
            <li key={policy.name}>
              <code>{policy.name}</code> · {policy.types.join(', ')} · <code>{policy.selector}</code>
            </li>
          ))}
        </ul>
      )}
      <h4>{words.ofServices}</h4>
      {view.services.length === 0 ? (
        <p className="quiet">{words.none}</p>
      ) : (
        <ul>
          {view.services.map((service) => (
            <li key={service.name}>
              <code>{service.name}</code> <span className="mono">{service.address}</span>{' '}
              {service.ready ? null : <span className="doubt">{words.notReady}</span>}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function Block({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  const words = useWords().web.cluster
  return (
    <>
      <h4>{title}</h4>
      {lines.length === 0 ? (
        <p className="quiet">{words.none}</p>
      ) : (
        <pre className="lines" tabIndex={0} aria-label={title}>
          {lines.join('\n')}
        </pre>
      )}
    </>
  )
}
