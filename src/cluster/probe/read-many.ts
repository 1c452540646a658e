import type { MatrixProbe } from '../../model/result/matrix.ts'
import { printable } from '../../edge/printable.ts'
import type { ProbeOutcome } from '../../model/result/result.ts'
import { readDial, readPing } from './output.ts'

/**
 * What many-script.ts printed → an outcome for each sender and target, undefined where it told nothing of one.
 * @param targets how many each sender was told to ask
 */
export function readMany(
  protocol: 'icmp' | 'tcp',
  stdout: string,
  targets: readonly number[],
): readonly (readonly (MatrixProbe | undefined)[])[] {
  const found: (MatrixProbe | undefined)[][] = targets.map((count) =>
    Array.from({ length: count }, () => undefined),
  )
  let row: (MatrixProbe | undefined)[] | undefined
  let at = -1
  let words: string[] = []
  const conclude = (): void => {
    if (row !== undefined && at >= 0 && at < row.length) row[at] ??= outcomeOf(protocol, words)
    at = -1
    words = []
  }
  for (const line of stdout.split('\n')) {
    const [mark, key, value = '', ...rest] = line.split(' ', 4)
    if (mark !== '#podpath') {
      if (at >= 0 && words.length < mostWords) words.push(line)
      continue
    }
    switch (key) {
      case 'sender':
        conclude()
        row = found[numberOf(value)]
        break
      case 'absent': {
        const error = printable(line.slice('#podpath absent '.length))
        row?.fill({ outcome: 'not-sent', error: `${error}: has the pod moved or ended?` })
        break
      }
      case 'heard': {
        conclude()
        const target = numberOf(value)
        if (row !== undefined && target < row.length && rest.length === 1)
          row[target] ??= { outcome: 'answered' }
        break
      }
      case 'target':
        conclude()
        at = numberOf(value)
        break
      case 'exit':
        if (at >= 0) words.push(line)
        break
      default:
        // A line of a pod's neighbour that looks like ours says nothing.
        break
    }
  }
  conclude()
  return found
}

/** Lines of one target that are kept; ping has six. */
const mostWords = 40

const numberOf = (word: string): number => (/^\d{1,6}$/.test(word) ? Number(word) : Number.MAX_SAFE_INTEGER)

function outcomeOf(protocol: 'icmp' | 'tcp', words: readonly string[]): MatrixProbe {
  const text = words.join('\n')
  const { outcome } =
    protocol === 'icmp'
      ? readPing(1, { stdout: text, stderr: complaintsIn(words) })
      : readDial('tcp', 1, { stdout: '', stderr: `${text}\n#podpath took 0 0` })
  return probeOf(outcome)
}

/** What ping says of itself; both of its outputs go into one file. */
const complaintsIn = (words: readonly string[]): string =>
  words.filter((line) => line.startsWith('ping: ') || line.startsWith('sh: ')).join('\n')

/** One probe of a pair, as a matrix tells it. */
function probeOf({ sent, received, error }: ProbeOutcome): MatrixProbe {
  const outcome =
    sent === 0
      ? 'not-sent'
      : received > 0
        ? 'answered'
        : /\brefused\b/i.test(error ?? '')
          ? 'refused'
          : 'silent'
  return error === undefined || outcome === 'answered' ? { outcome } : { outcome, error }
}
