import { useMutation, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { FlowReply, StackEntry, TablesView } from '../../../src/model/view/tables-view.ts'
import { directionsAt, lighting, type LinePlace } from '../../../src/report/lit-lines.ts'
import type { FlowRequest } from '../../../src/server/contract/look.ts'
import { useConnection } from '../../client/client-context.ts'
import { Notice } from '../../component/notice.tsx'
import { SnapshotBar } from '../../component/snapshot-bar.tsx'
import { useSnapshot } from '../../component/use-snapshot.ts'
import { Waiting } from '../../component/waiting.tsx'
import type { PageProps } from '../../shell/page-props.ts'
import { hrefOf } from '../../shell/route.ts'
import { useWords } from '../../shell/words.ts'
import type { Chosen } from './chosen.ts'
import { FlowForm } from './flow-form.tsx'
import { StackChoice } from './stack-choice.tsx'
import { TablesTabs, type TabName } from './tables-tabs.tsx'
import { PathPanel } from './path-panel.tsx'
import { WhyHead, WhyPanel } from './why-panel.tsx'
import '../cluster/cluster.css'
import './tables.css'

export function TablesPage({ route }: PageProps) {
  const { web } = useWords()
  const { client } = useConnection()
  const snapshot = useSnapshot()
  const taken = snapshot.state?.kind === 'taken'
  const stacks = useQuery({
    queryKey: ['read', 'stacks'],
    queryFn: ({ signal }) => client.stacks(signal),
    enabled: taken,
  })
  return (
    <>
      <div className="page-head">
        <h1>{web.shell.pages.tables}</h1>
        <SnapshotBar snapshot={snapshot} />
      </div>
      {stacks.error ? (
        <Notice kind="error" title={web.cluster.cannotRead}>
          {stacks.error.message}
        </Notice>
      ) : stacks.data?.length === 0 ? (
        <Notice kind="info" title={web.tables.noStacks} />
      ) : stacks.data ? (
        <Stacks stacks={stacks.data} wanted={route.query.get('stack')} />
      ) : taken || snapshot.taking ? (
        <Waiting />
      ) : null}
    </>
  )
}

/** The first node: it is where most is decided. */
const firstShown = (stacks: readonly StackEntry[]): string =>
  (stacks.find(({ id }) => id.startsWith('node/')) ?? stacks[0])?.id ?? ''

function Stacks({
  stacks,
  wanted,
}: {
  readonly stacks: readonly StackEntry[]
  readonly wanted: string | null
}) {
  const { client } = useConnection()
  const { web } = useWords()
  const stack = stacks.find(({ id }) => id === wanted)?.id ?? firstShown(stacks)
  const flow = useMutation({ mutationFn: (request: FlowRequest) => client.flow(request) })
  const tables = useQuery({
    queryKey: ['read', 'tables', stack],
    queryFn: ({ signal }) => client.tables(stack, signal),
    placeholderData: (before) => before,
  })
  const choose = (id: string): void => {
    window.location.hash = hrefOf(['tables'], { stack: id })
  }
  return (
    <>
      <FlowForm
        stacks={stacks}
        pending={flow.isPending}
        error={flow.error}
        lit={flow.data !== undefined}
        onAsk={(request) => {
          flow.mutate(request, {
            onSuccess: (reply) => {
              // Where the packet never comes there is nothing to see: show the first node on its way.
              if (directionsAt(reply, stack).length === 0) {
                const hop =
                  reply.path.forward.find((one) => one.stack.startsWith('node/')) ?? reply.path.forward[0]
                if (hop && stacks.some(({ id }) => id === hop.stack)) choose(hop.stack)
              }
            },
          })
        }}
        onClear={() => {
          flow.reset()
        }}
      />
      <StackChoice stacks={stacks} value={stack} reply={flow.data ?? null} onChange={choose} />
      {tables.error ? (
        <Notice kind="error" title={web.cluster.cannotRead}>
          {tables.error.message}
        </Notice>
      ) : tables.data ? (
        <Tables key={tables.data.stack} tables={tables.data} reply={flow.data ?? null} />
      ) : (
        <Waiting />
      )}
    </>
  )
}

function Tables({ tables, reply }: { readonly tables: TablesView; readonly reply: FlowReply | null }) {
  const words = useWords().web.tables
  const [tab, setTab] = useState<TabName>('iptables')
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [wantedDirection, setDirection] = useState<'forward' | 'reply'>('forward')
  const directions = reply === null ? [] : directionsAt(reply, tables.stack)
  const direction = directions.includes(wantedDirection) ? wantedDirection : (directions[0] ?? 'forward')
  const lit = useMemo(
    () => (reply === null ? null : lighting(reply, tables, direction)),
    [reply, tables, direction],
  )
  const close = (): void => {
    setChosen(null)
  }
  const show = (next: Chosen): void => {
    setChosen(next)
    setTab(tabOf(next.place))
  }
  return (
    <div className={`tables-grid${lit === null && chosen === null ? ' alone' : ''}`}>
      <div className="tables-main">
        <TablesTabs tables={tables} lit={lit} tab={tab} chosen={chosen} onTab={setTab} onChoose={setChosen} />
      </div>
      {lit !== null && reply !== null ? (
        <aside className="tables-side">
          <WhyPanel tables={tables} lit={lit} chosen={chosen} onChoose={show} onClose={close} />
          <PathPanel
            lit={lit}
            reply={reply}
            directions={directions}
            chosen={chosen}
            onDirection={setDirection}
            onChoose={show}
          />
        </aside>
      ) : chosen !== null ? (
        <aside className="tables-side">
          <section className="card why chosen" aria-live="polite">
            <WhyHead onClose={close} />
            <p>{words.lightFirst}</p>
          </section>
        </aside>
      ) : null}
    </div>
  )
}

const tabOf = (place: LinePlace): TabName =>
  place.kind === 'rule' ? 'rules' : place.kind === 'route' ? 'routes' : place.tool
