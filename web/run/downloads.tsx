import { reportFormats } from '../../src/server/contract/run.ts'
import { useConnection } from '../client/client-context.ts'
import { useWords } from '../shell/words.ts'

/** The run's files: the same that the command line writes. */
export function Downloads({ id, hasCapture }: { readonly id: string; readonly hasCapture: boolean }) {
  const { client } = useConnection()
  const { language, web } = useWords()
  const words = web.trace.downloads
  return (
    <div className="downloads" role="group" aria-label={web.trace.download}>
      <span className="quiet">{web.trace.download}</span>
      {hasCapture ? (
        <a className="button" href={client.captureAddress(id)} download>
          {words.pcapng}
        </a>
      ) : null}
      {reportFormats.map((format) => (
        <a key={format} className="button" href={client.reportAddress(id, format, language)} download>
          {words[format]}
        </a>
      ))}
    </div>
  )
}
