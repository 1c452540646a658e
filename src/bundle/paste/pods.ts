/** Which pod has which address on which node, as `kubectl get pod` tells it. */
import { listAt, textAt } from '../../edge/fields.ts'
import { parseJson } from '../../edge/json.ts'
import { parseYaml } from '../../edge/parse-yaml.ts'
import { yamlExcess } from '../../edge/yaml-excess.ts'
import { linesOf } from '../../linux/reading.ts'
import { formatIp, parseIp } from '../../model/address/address.ts'
import type { PodName } from '../derived/derived-pod.ts'
import type { Piece } from './recognise.ts'

export interface ToldPods {
  /** By the address's text. */
  readonly names: ReadonlyMap<string, PodName>
  readonly problem: string | null
}

/** Pods of a host's network have its address, and no network of their own: they are left out. */
export function podsOfPiece(piece: Piece): ToldPods {
  return piece.kind === 'pods-wide' ? wide(piece.text) : objects(piece.text)
}

const isName = (text: string): boolean => /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(text)

/** By the places of the headings: a column may be empty, or have words with blanks. */
function wide(text: string): ToldPods {
  const names = new Map<string, PodName>()
  let columns: ReadonlyMap<string, readonly [number, number]> | null = null
  for (const line of linesOf(text)) {
    if (/^(NAMESPACE\s+)?NAME\s+READY/.test(line)) {
      const starts = [...line.matchAll(/\S+(?: \S+)*/g)].map((found) => [found[0], found.index] as const)
      columns = new Map(starts.map(([head, at], i) => [head, [at, starts[i + 1]?.[1] ?? Infinity]]))
      continue
    }
    const cell = (head: string): string => {
      const place = columns?.get(head)
      return place === undefined ? '' : line.slice(place[0], place[1]).trim()
    }
    const address = parseIp(cell('IP'))
    const name = cell('NAME')
    const namespace = columns?.has('NAMESPACE') === true ? cell('NAMESPACE') : 'default'
    if (address !== undefined && isName(name) && isName(namespace))
      names.set(formatIp(address), { namespace, name })
  }
  if (columns === null) return { names, problem: 'no line of headings' }
  return { names, problem: columns.has('IP') ? null : 'no addresses: kubectl get pod -o wide tells them' }
}

function objects(text: string): ToldPods {
  const names = new Map<string, PodName>()
  let value: unknown
  if (text.trimStart().startsWith('{')) {
    const read = parseJson(text)
    if ('problem' in read) return { names, problem: `line ${read.line}: ${read.problem}` }
    value = read.value
  } else {
    const excess = yamlExcess(text)
    if (excess !== null) return { names, problem: excess }
    try {
      value = parseYaml(text)
    } catch (error) {
      return { names, problem: (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '' }
    }
  }
  for (const pod of textAt(value, 'kind') === 'Pod' ? [value] : listAt(value, 'items')) {
    const namespace = textAt(pod, 'metadata', 'namespace') ?? ''
    const name = textAt(pod, 'metadata', 'name') ?? ''
    const address = parseIp(textAt(pod, 'status', 'podIP') ?? '')
    if (address !== undefined && isName(namespace) && isName(name))
      names.set(formatIp(address), { namespace, name })
  }
  return { names, problem: null }
}
