import { useMutation } from '@tanstack/react-query'
import { useEffect, useId, useMemo, useRef, useState, type FormEvent } from 'react'
import { podKey, type ClusterView, type PodView } from '../../../src/model/view/cluster-view.ts'
import { useConnection } from '../../client/client-context.ts'
import { Choice } from '../../component/choice.tsx'
import { Notice } from '../../component/notice.tsx'
import { Waiting } from '../../component/waiting.tsx'
import { hrefOf } from '../../shell/route.ts'
import { useWords } from '../../shell/words.ts'
import { deviceName } from '../cluster/node-card.tsx'
import { StateMark } from '../cluster/pod-chip.tsx'
import { useCluster } from '../cluster/use-cluster.ts'
import '../cluster/cluster.css'
import { happenedBetween, type Happened } from './log.ts'
import './lab.css'

export function LabPage() {
  const { view } = useCluster()
  const { web } = useWords()
  return (
    <>
      <div className="page-head">
        <h1>{web.shell.pages.lab}</h1>
        <span className="quiet">{web.lab.intro}</span>
      </div>
      {view === null ? <Waiting /> : <Workbench view={view} />}
    </>
  )
}

function Workbench({ view }: { readonly view: ClusterView }) {
  return (
    <div className="lab-grid">
      <div className="lab-side">
        <AddPod view={view} />
        <Deployments view={view} />
        <SendPacket view={view} />
      </div>
      <Pods view={view} />
      <Log view={view} />
    </div>
  )
}

const images = ['nicolaka/netshoot', 'nginx', 'httpd', 'registry.k8s.io/echoserver:1.4', 'busybox'] as const

function AddPod({ view }: { readonly view: ClusterView }) {
  const { web } = useWords()
  const words = web.lab
  const { client } = useConnection()
  const [count, setCount] = useState(1)
  const [name, setName] = useState<string | null>(null)
  const [image, setImage] = useState<string>(images[0])
  const [node, setNode] = useState('')
  const list = useId()
  const names = useMemo(
    () => new Set([...view.nodes.flatMap((one) => one.pods), ...view.unplaced].map((pod) => pod.name)),
    [view],
  )
  let next = count
  while (names.has(`test-${next}`)) next++
  const shown = name ?? `test-${next}`
  const create = useMutation({
    mutationFn: () =>
      client.createPod({ namespace: 'default', name: shown, image, node: node === '' ? null : node }),
    onSuccess: () => {
      setName(null)
      setCount((before) => before + 1)
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <form className="card lab-card" onSubmit={submit}>
      <h2>{words.addPod}</h2>
      <label className="field">
        <span>{words.name}</span>
        <input
          value={shown}
          required
          maxLength={63}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            setName(event.target.value)
          }}
        />
      </label>
      <label className="field">
        <span>{words.image}</span>
        <input
          value={image}
          required
          list={list}
          spellCheck={false}
          onChange={(event) => {
            setImage(event.target.value)
          }}
        />
        <datalist id={list}>
          {images.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      </label>
      <Choice
        visibleLabel
        label={words.node}
        value={node}
        options={[
          { value: '', label: words.anyNode },
          ...view.nodes.map((one) => ({ value: one.name, label: one.name })),
        ]}
        onChange={setNode}
      />
      <button type="submit" className="primary" disabled={create.isPending}>
        {words.create}
      </button>
      <NotDone error={create.error} />
    </form>
  )
}

function NotDone({ error }: { readonly error: Error | null }) {
  const words = useWords().web.lab
  return error ? (
    <Notice kind="error" title={words.notDone}>
      {error.message}
    </Notice>
  ) : null
}

function Deployments({ view }: { readonly view: ClusterView }) {
  const words = useWords().web.lab
  const { client } = useConnection()
  const scale = useMutation({
    mutationFn: (request: { namespace: string; name: string; replicas: number }) => client.scale(request),
  })
  return (
    <section className="card lab-card" aria-label={words.deployments}>
      <h2>{words.deployments}</h2>
      {view.deployments.length === 0 ? <p className="quiet">{words.noDeployments}</p> : null}
      {view.deployments.map(({ namespace, name, wanted, ready }) => (
        <div key={`${namespace}/${name}`} className="deployment">
          <span className="deployment-name">
            <span className="strong clip">{name}</span>
            <span className="quiet">
              {namespace} · {words.replicas(ready, wanted)}
            </span>
          </span>
          <span className="stepper">
            <button
              type="button"
              aria-label={words.fewer(name)}
              disabled={wanted === 0}
              onClick={() => {
                scale.mutate({ namespace, name, replicas: wanted - 1 })
              }}
            >
              −
            </button>
            <output aria-live="off">{wanted}</output>
            <button
              type="button"
              aria-label={words.more(name)}
              onClick={() => {
                scale.mutate({ namespace, name, replicas: wanted + 1 })
              }}
            >
              +
            </button>
          </span>
        </div>
      ))}
      <NotDone error={scale.error} />
    </section>
  )
}

function SendPacket({ view }: { readonly view: ClusterView }) {
  const words = useWords().web.lab
  const pods = view.nodes
    .flatMap((node) => node.pods)
    .filter((pod) => !pod.hostNetwork && pod.state === 'Running' && pod.addresses.length > 0)
    .sort((a, b) => Number(a.namespace !== 'default') - Number(b.namespace !== 'default'))
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('www.google.com')
  const chosen = pods.some((pod) => podKey(pod) === from) ? from : pods[0] ? podKey(pods[0]) : ''
  const ends = pods.map((pod) => ({ value: podKey(pod), label: `${pod.name} ${pod.addresses[0] ?? ''}` }))
  const target = to === 'www.google.com' || ends.some(({ value }) => value === to) ? to : 'www.google.com'
  return (
    <section className="card lab-card" aria-label={words.sendPacket}>
      <h2>{words.sendPacket}</h2>
      <p className="quiet">{words.sendHint}</p>
      <Choice visibleLabel label={words.from} value={chosen} options={ends} onChange={setFrom} />
      <Choice
        visibleLabel
        label={words.to}
        value={target}
        options={[{ value: 'www.google.com', label: `www.google.com (${words.internet})` }, ...ends]}
        onChange={setTo}
      />
      <a
        className="button"
        href={hrefOf(['trace'], { from: chosen, to: target, protocol: 'icmp', start: '1' })}
      >
        {words.send}
      </a>
    </section>
  )
}

function Pods({ view }: { readonly view: ClusterView }) {
  const { web } = useWords()
  const words = web.lab
  const { client } = useConnection()
  const [system, setSystem] = useState(false)
  const remove = useMutation({
    mutationFn: (pod: PodView) => client.deletePod(pod.namespace, pod.name),
  })
  const eniOf = new Map(
    view.nodes.flatMap((node) =>
      (node.enis ?? []).flatMap((eni) =>
        eni.slots.flatMap((slot) => (slot.pod === null ? [] : [[slot.pod, deviceName(eni)] as const])),
      ),
    ),
  )
  const pods = [...view.unplaced, ...view.nodes.flatMap((node) => node.pods)]
    .filter((pod) => system || pod.namespace !== 'kube-system')
    .sort((a, b) => (podKey(a) < podKey(b) ? -1 : 1))
  return (
    <section className="card lab-pods" aria-label={words.pods}>
      <div className="lab-pods-head">
        <h2>{words.pods}</h2>
        <label className="check">
          <input
            type="checkbox"
            checked={system}
            onChange={(event) => {
              setSystem(event.target.checked)
            }}
          />{' '}
          {words.system}
        </label>
      </div>
      <NotDone error={remove.error} />
      <div className="scroll" tabIndex={0} role="group" aria-label={words.pods}>
        <table className="stacked">
          <thead>
            <tr>
              <th>{words.name}</th>
              <th>{web.cluster.state}</th>
              <th>{web.cluster.address}</th>
              <th>{words.eni}</th>
              <th>{words.node}</th>
              <th>
                <span className="hidden">{words.delete}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {pods.slice(0, 300).map((pod) => (
              <tr key={podKey(pod)} data-pod={podKey(pod)}>
                <td>
                  {pod.namespace === 'default' ? null : <span className="quiet">{pod.namespace}/</span>}
                  {pod.name}
                </td>
                <td className="nowrap">
                  <StateMark pod={pod} /> {pod.state}
                </td>
                <td className="mono nowrap">{pod.addresses[0] ?? ''}</td>
                <td className="mono nowrap">{pod.hostNetwork ? '–' : (eniOf.get(podKey(pod)) ?? '')}</td>
                <td className="quiet">{pod.node === null ? web.cluster.unplaced : shortNode(pod.node)}</td>
                <td>
                  <button
                    type="button"
                    className="small"
                    aria-label={words.deletePod(podKey(pod))}
                    disabled={pod.state === 'Terminating'}
                    onClick={() => {
                      remove.mutate(pod)
                    }}
                  >
                    {words.delete}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** `ip-192-168-1-138`: the domain is the same for all. */
const shortNode = (name: string): string => name.split('.')[0] ?? name

interface Entry {
  readonly id: number
  readonly at: Date
  readonly what: Happened
}

/** Lines that are kept: what happened long ago nobody scrolls back to. */
const mostEntries = 200

function Log({ view }: { readonly view: ClusterView }) {
  const { language, web } = useWords()
  const words = web.lab
  const before = useRef<ClusterView | null>(null)
  const next = useRef(0)
  const [entries, setEntries] = useState<readonly Entry[]>([])
  useEffect(() => {
    const last = before.current
    before.current = view
    if (last === null || last === view) return
    const at = new Date()
    const news = happenedBetween(last, view).map((what): Entry => ({ id: next.current++, at, what }))
    if (news.length > 0) setEntries((old) => [...news.reverse(), ...old].slice(0, mostEntries))
  }, [view])
  return (
    <section className="card lab-log" aria-label={words.happened}>
      <h2>{words.happened}</h2>
      {entries.length === 0 ? <p className="quiet">{words.nothingYet}</p> : null}
      <div role="log" className="log-lines" tabIndex={0} aria-label={words.happened}>
        <ol reversed>
          {entries.map(({ id, at, what }) => (
            <li key={id}>
              <time className="mono quiet">{at.toLocaleTimeString(language, { hour12: false })}</time>{' '}
              <span>{what(words)}</span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  )
}
