import { request } from 'node:https'
import type { Access } from '../../cluster/access/access.ts'
import { printable } from '../../edge/printable.ts'
import { listAt, numberAt, textAt } from '../../edge/fields.ts'
import { healthPath } from '../../lab/daemon/health-door.ts'
import type { LabHealth, LabPartKind, LabPartState } from '../../model/lab/lab-health.ts'

/** Milliseconds for the daemon to say how the lab is: it does nothing else that takes as long. */
const patience = 10_000
/** Octets of its answer; a lab of 64 nodes that all ended has some kilobytes. */
const most = 1024 * 1024

/** Asks the lab's daemon what has ended. Null: it does not answer, in time or at all. */
export async function askLabHealth(access: Access): Promise<LabHealth | null> {
  try {
    return readHealth(await ask(access, await access.headers()))
  } catch {
    // Stopped, ended, too busy for too long: whoever asks can do the same about each.
    return null
  }
}

const ask = (access: Access, headers: Readonly<Record<string, string>>): Promise<string> =>
  new Promise((resolve, reject) => {
    const url = `${access.server}${healthPath}`
    const signal = AbortSignal.timeout(patience)
    const asked = request(url, { agent: access.agent, headers, signal }, (response) => {
      let said = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        said += chunk
        if (said.length > most) response.destroy(new Error('it says too much'))
      })
      response.once('end', () =>
        response.statusCode === 200
          ? resolve(said)
          : reject(new Error(`it answers ${response.statusCode ?? '?'}`)),
      )
      response.once('error', reject)
    })
    asked.once('error', reject)
    asked.end()
  })

const kinds: readonly LabPartKind[] = ['node', 'bastion', 'internet', 'sshd', 'frame']
const states: readonly LabPartState['state'][] = ['running', 'returning', 'ended', 'stopped']

function readHealth(text: string): LabHealth {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    said = undefined
  }
  return {
    parts: listAt(said, 'parts').flatMap((part): LabPartState[] => {
      const kind = kinds.find((one) => one === textAt(part, 'kind'))
      const state = states.find((one) => one === textAt(part, 'state'))
      const endedAt = textAt(part, 'endedAt') ?? ''
      if (kind === undefined || state === undefined || Number.isNaN(Date.parse(endedAt))) return []
      const name = printable(textAt(part, 'name') ?? '')
      return [{ kind, name, state, endedAt, restarts: numberAt(part, 'restarts') ?? 0 }]
    }),
  }
}

/** The parts without which a lab is not whole: gone for good, or stopped. */
export const lackingParts = ({ parts }: LabHealth): readonly LabPartState[] =>
  parts.filter(({ state }) => state === 'ended' || state === 'stopped')

/** `12:03:04`, by the clock of whoever reads it. */
export const timeOf = (instant: string): string => new Date(instant).toTimeString().slice(0, 8)
