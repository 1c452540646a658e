import type { ServiceView } from '../../../src/model/view/cluster-view.ts'
import { useWords } from '../../shell/words.ts'

/** The services, each with the pods that answer for it. */
export function ServicesPanel(props: {
  readonly services: readonly ServiceView[]
  readonly related: string | null
  readonly onRelate: (key: string | null) => void
}) {
  const words = useWords().web.cluster
  return (
    <section aria-label={words.services}>
      <h2>{words.services}</h2>
      <div className="service-grid">
        {props.services.map((service) => (
          <article key={`${service.namespace}/${service.name}`} className="card service">
            <h3>
              <span className="quiet">{service.namespace}/</span>
              {service.name}
            </h3>
            <p>
              <span className="badge">{service.type}</span>{' '}
              <span className="mono">{service.addresses.join(' ')}</span>
            </p>
            <p className="mono quiet">{service.ports.join(', ')}</p>
            {service.endpoints.length === 0 ? (
              <p className="doubt">▲ {words.noEndpoints}</p>
            ) : (
              <details open={service.endpoints.length <= 6}>
                <summary>
                  {words.endpoints(
                    service.endpoints.filter((one) => one.ready).length,
                    service.endpoints.length,
                  )}
                </summary>
                <ul className="endpoints">
                  {service.endpoints.slice(0, 200).map((one) => (
                    <li
                      key={`${one.address} ${one.pod ?? ''}`}
                      className={one.pod !== null && one.pod === props.related ? 'related' : ''}
                      onMouseEnter={() => {
                        props.onRelate(one.pod)
                      }}
                      onMouseLeave={() => {
                        props.onRelate(null)
                      }}
                    >
                      <span className={one.ready ? 'good' : 'doubt'} aria-hidden="true">
                        {one.ready ? '●' : '◐'}
                      </span>{' '}
                      <span className="mono">{one.address}</span>{' '}
                      <span className="quiet">{one.pod ?? ''}</span>
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </article>
        ))}
      </div>
    </section>
  )
}
