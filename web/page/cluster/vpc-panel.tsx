import type { VpcView } from '../../../src/model/view/cluster-view.ts'
import { Verbatim } from '../../component/verbatim.tsx'
import { useWords } from '../../shell/words.ts'

/** The VPC around the nodes: subnets with their route tables, gateways, security groups. */
export function VpcPanel({ vpc, asking }: { readonly vpc: VpcView | null; readonly asking: boolean }) {
  const words = useWords().web.cluster
  if (vpc === null)
    return (
      <section aria-label={words.vpc}>
        <h2>{words.vpc}</h2>
        <p className="quiet">{asking ? words.askingEc2 : words.noVpc}</p>
      </section>
    )
  return (
    <section aria-label={words.vpc}>
      <h2>
        {words.vpc} <span className="mono quiet">{vpc.id}</span>{' '}
        <span className="mono">{vpc.prefixes.join(' ')}</span>
      </h2>
      <div className="vpc-grid">
        <div className="card">
          <h3>{words.subnets}</h3>
          <ul className="plain">
            {vpc.subnets.map((subnet) => (
              <li key={subnet.id}>
                <span className="mono strong">{subnet.prefix}</span>{' '}
                <span className="quiet">{subnet.zone}</span>
                <br />
                <span className="mono quiet">
                  <Verbatim text={`${subnet.id} → ${subnet.routeTable ?? '?'}`} />
                </span>
                {subnet.nodes.slice(0, 8).map((node) => (
                  <div key={node} className="subnet-node clip">
                    {node}
                  </div>
                ))}
                {subnet.nodes.length > 8 ? <div className="quiet">+ {subnet.nodes.length - 8}</div> : null}
              </li>
            ))}
          </ul>
        </div>
        <div className="card">
          <h3>{words.routeTables}</h3>
          {vpc.routeTables.map((table) => (
            <div key={table.id} className="route-table">
              <p>
                <span className="mono strong">{table.id}</span>{' '}
                {table.main ? <span className="badge">{words.mainTable}</span> : null}
              </p>
              <pre className="lines" tabIndex={0} aria-label={table.id}>
                <Verbatim text={table.routes.join('\n')} />
              </pre>
            </div>
          ))}
          <h3>{words.gateways}</h3>
          <ul className="plain">
            {vpc.gateways.map((gateway) => (
              <li key={gateway.id}>
                <span className="mono">{gateway.id}</span>{' '}
                <span className="quiet">
                  {gateway.kind === 'internet' ? words.internetGateway : words.natGateway}
                </span>
              </li>
            ))}
          </ul>
        </div>
        <div className="card">
          <h3>{words.securityGroups}</h3>
          {vpc.securityGroups.map((group) => (
            <details key={group.id}>
              <summary>
                <span className="strong">{group.name}</span>{' '}
                <span className="quiet">
                  <span className="mono word">{group.id}</span> · {words.usedBy(group.enis)}
                </span>
              </summary>
              <pre className="lines" tabIndex={0} aria-label={group.name}>
                <Verbatim text={group.rules.join('\n')} />
              </pre>
            </details>
          ))}
        </div>
      </div>
    </section>
  )
}
