import { jsonValue } from '../../edge/json.ts'
import { at, listAt, textAt } from '../../edge/fields.ts'

/**
 * The channels of an exec over WebSocket: every binary message begins with the channel's number
 * (apimachinery, pkg/util/remotecommand/constants.go; subprotocols v4 and v5.channel.k8s.io).
 */
export const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const

export const subprotocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const

/** Only version 5 can say that standard input has ended and go on reading. */
export const canEndInput = (subprotocol: string): boolean => subprotocol === 'v5.channel.k8s.io'

export function inputMessage(chunk: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(chunk.length + 1)
  message[0] = channel.stdin
  message.set(chunk, 1)
  return message
}

export const endOfInput = (): Buffer => Buffer.from([channel.close, channel.stdin])

export type ExecEnd =
  | { readonly kind: 'exited'; readonly exit: number }
  | { readonly kind: 'not-found' | 'not-allowed' | 'failed'; readonly message: string }

/** Characters of a Status object; its message is a sentence, and its causes are a few. */
const mostStatus = 64 * 1024

/** What the status channel says at the end: a Kubernetes Status object. */
export function readExecStatus(json: string): ExecEnd {
  const status = json.length > mostStatus ? undefined : jsonValue(json)
  if (status === undefined) return { kind: 'failed', message: `an unreadable end: ${json.slice(0, 200)}` }
  if (textAt(status, 'status') === 'Success') return { kind: 'exited', exit: 0 }
  if (textAt(status, 'reason') === 'NonZeroExitCode') {
    const cause = listAt(status, 'details', 'causes').find((one) => textAt(one, 'reason') === 'ExitCode')
    const exit = Number(textAt(cause, 'message'))
    if (Number.isInteger(exit) && exit > 0) return { kind: 'exited', exit }
  }
  const message = textAt(status, 'message') ?? String(at(status, 'reason') ?? 'no reason given')
  if (/executable file not found|no such file or directory/i.test(message))
    return { kind: 'not-found', message }
  if (/permission denied|operation not permitted/i.test(message)) return { kind: 'not-allowed', message }
  return { kind: 'failed', message }
}
