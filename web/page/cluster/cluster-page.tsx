import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { podKey, type ClusterView, type PodView } from '../../../src/model/view/cluster-view.ts'
import { useConnection } from '../../client/client-context.ts'
import { Drawer } from '../../component/drawer.tsx'
import { Notice } from '../../component/notice.tsx'
import { Waiting } from '../../component/waiting.tsx'
import { useWords } from '../../shell/words.ts'
import { find } from './find.ts'
import { NodeCard } from './node-card.tsx'
import { PodChip } from './pod-chip.tsx'
import { PodDrawer } from './pod-drawer.tsx'
import { ServicesPanel } from './services-panel.tsx'
import { SmallGrid } from './small-grid.tsx'
import { useCluster } from './use-cluster.ts'
import { VpcPanel } from './vpc-panel.tsx'
import './cluster.css'

/** Beyond so many nodes each is a small card, and only those near the window are drawn. */
const mostWhole = 24

export function ClusterPage() {
  const { view, connected } = useCluster()
  const words = useWords().web.cluster
  const { session } = useConnection()
  const live = session.source.kind === 'cluster'
  return (
    <>
      <div className="page-head">
        <h1>{useWords().web.shell.pages.cluster}</h1>
        {view === null ? null : (
          <span className="quiet">
            {words.counts(
              view.nodes.length,
              view.nodes.reduce((sum, node) => sum + node.pods.length, view.unplaced.length),
              view.services.length,
            )}
          </span>
        )}
        <span className={`live ${!live ? 'quiet' : connected ? 'good' : 'doubt'}`} role="status">
          {live ? (connected ? `● ${words.live}` : `◐ ${words.notLive}`) : `◼ ${words.recorded}`}
        </span>
      </div>
      {view === null ? <Waiting /> : <Shown view={view} />}
    </>
  )
}

function Shown({ view }: { readonly view: ClusterView }) {
  const words = useWords().web.cluster
  const [text, setText] = useState('')
  const [related, setRelated] = useState<string | null>(null)
  const [podOpen, setPodOpen] = useState<string | null>(null)
  const [nodeOpen, setNodeOpen] = useState<string | null>(null)
  const asked = useDeferredValue(text)
  const found = useMemo(() => find(view, asked), [view, asked])
  const pods = useMemo(
    () =>
      new Map(
        [...view.nodes.flatMap((node) => node.pods), ...view.unplaced].map((pod) => [podKey(pod), pod]),
      ),
    [view],
  )
  const openPod = useCallback((pod: PodView) => {
    setNodeOpen(null)
    setPodOpen(podKey(pod))
  }, [])
  const openNode = useCallback(({ name }: { readonly name: string }) => {
    setNodeOpen(name)
  }, [])
  const shownPod = podOpen === null ? undefined : pods.get(podOpen)
  const shownNode = view.nodes.find(({ name }) => name === nodeOpen)
  const whole = view.nodes.length <= mostWhole
  return (
    <>
      <div className="toolbar">
        <label className="field search">
          <span>{words.search}</span>
          <input
            type="search"
            value={text}
            placeholder={words.searchHint}
            onChange={(event) => {
              setText(event.target.value)
            }}
          />
        </label>
        <span className="quiet" role="status">
          {found.hits === null
            ? ''
            : found.count === 0
              ? words.nothingFound(asked)
              : words.found(found.count)}
        </span>
      </div>
      <Gaps view={view} />
      <section aria-label={words.nodes}>
        <h2>{words.nodes}</h2>
        {whole ? (
          <div className="node-grid">
            {found.nodes.map((node) => (
              <NodeCard
                key={node.name}
                node={node}
                related={
                  related !== null && node.pods.some((pod) => podKey(pod) === related) ? related : null
                }
                hits={found.hits}
                asking={view.askingEc2}
                onOpen={openPod}
                onRelate={setRelated}
              />
            ))}
          </div>
        ) : (
          <SmallGrid nodes={found.nodes} hits={found.hits} onOpen={openNode} />
        )}
      </section>
      {view.unplaced.length === 0 ? null : (
        <section aria-label={words.unplaced}>
          <h2>{words.unplaced}</h2>
          <div className="slots">
            {view.unplaced.slice(0, 200).map((pod) => (
              <PodChip
                key={podKey(pod)}
                pod={pod}
                address=""
                related={related === podKey(pod)}
                dimmed={false}
                onOpen={openPod}
                onRelate={setRelated}
              />
            ))}
          </div>
        </section>
      )}
      <ServicesPanel services={found.services.slice(0, 300)} related={related} onRelate={setRelated} />
      <VpcPanel vpc={view.vpc} asking={view.askingEc2} />
      <Announced view={view} />
      {shownNode && !shownPod ? (
        <Drawer
          title={words.node}
          closeLabel={words.close}
          onClose={() => {
            setNodeOpen(null)
          }}
        >
          <NodeCard
            node={shownNode}
            related={related}
            hits={null}
            asking={view.askingEc2}
            onOpen={openPod}
            onRelate={setRelated}
          />
        </Drawer>
      ) : null}
      {shownPod ? (
        <PodDrawer
          pod={shownPod}
          view={view}
          onClose={() => {
            setPodOpen(null)
          }}
        />
      ) : null}
    </>
  )
}

function Gaps({ view }: { readonly view: ClusterView }) {
  const words = useWords().web.cluster
  if (view.gaps.length === 0) return null
  return (
    <Notice kind="warning" title={words.cannotRead}>
      <details>
        <summary>{view.gaps.length}</summary>
        <ul>
          {view.gaps.slice(0, 30).map((gap) => (
            <li key={`${gap.at} ${gap.what}`}>
              <code>{gap.at}</code> {gap.what}: {gap.because}
            </li>
          ))}
        </ul>
      </details>
    </Notice>
  )
}

/** Says aloud which pods came and went; at most a few at a time. */
function Announced({ view }: { readonly view: ClusterView }) {
  const words = useWords().web.cluster
  const known = useRef<ReadonlyMap<string, string> | null>(null)
  const [said, setSaid] = useState('')
  useEffect(() => {
    const now = new Map(
      view.nodes.flatMap((node) => node.pods.map((pod) => [podKey(pod), node.name] as const)),
    )
    const before = known.current
    known.current = now
    if (before === null) return
    const came = [...now].filter(([pod]) => !before.has(pod)).map(([pod, node]) => words.appeared(pod, node))
    const went = [...before.keys()].filter((pod) => !now.has(pod)).map((pod) => words.gone(pod))
    const all = [...came, ...went]
    if (all.length > 0) setSaid(all.slice(0, 4).join('. '))
  }, [view, words])
  return (
    <div className="hidden" role="status">
      {said}
    </div>
  )
}
