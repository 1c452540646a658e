import { readVpcs, type Ec2Answers } from '../aws/read-vpcs.ts'
import { bundleFiles, type Bundle } from '../bundle/bundle.ts'
import { parseJson } from '../edge/json.ts'
import { fabricSteps } from '../linux/fabric.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import type { Gap } from '../model/result/result.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import { atOnce, type Steps } from '../edge/breath.ts'

export interface ReadBundle {
  readonly fabric: Fabric
  readonly gaps: readonly Gap[]
}

const known = new WeakMap<Bundle, ReadBundle>()

/** A recorded snapshot as the model: stacks, wires and the VPC. Never throws; what cannot be read is a gap. */
export const readBundle = (bundle: Bundle): ReadBundle => atOnce(bundleSteps(bundle))

/** The same, a stack at a time. A bundle is data that never changes: what was read of it is kept with it. */
export function* bundleSteps(bundle: Bundle): Steps<ReadBundle> {
  const before = known.get(bundle)
  if (before !== undefined) return before
  const gaps: Gap[] = [...(bundle.index.gaps ?? [])]
  const answers: Record<string, unknown> = {}
  for (const [path, text] of bundle.files) {
    const name = /^ec2\/([a-z-]+)\.json$/.exec(path)?.[1]
    if (name === undefined) continue
    const read = parseJson(text)
    if ('value' in read) answers[name] = read.value
    else gaps.push({ at: path, what: name, because: `line ${read.line}: ${read.problem}` })
  }
  const vpcs = Object.keys(answers).length > 0 ? readVpcs(answers as Ec2Answers) : null
  gaps.push(...(vpcs?.gaps ?? []))
  yield
  const { fabric, gaps: more } = yield* fabricSteps(bundleFiles(bundle), vpcs?.seen[0] ?? null)
  const stacks = fabric.stacks.map((stack) => withoutUnread(stack, bundle.index.gaps ?? []))
  const read = { fabric: { ...fabric, stacks }, gaps: [...gaps, ...more] }
  known.set(bundle, read)
  return read
}

/**
 * A dump of iptables that could not be taken is none that is empty: where the other backend's rules are not known (an agent's
 * image without iptables-legacy-save on a node with legacy tables), the rules of the stack are not.
 */
function withoutUnread(stack: NetworkStack, gaps: readonly Gap[]): NetworkStack {
  const lacks = (program: string): boolean =>
    gaps.some(({ at, what }) => at === stack.id && new RegExp(`^${program}-(legacy-|nft-)?save`).test(what))
  const without4 = stack.iptables !== null && lacks('iptables')
  const without6 = stack.ip6tables !== null && lacks('ip6tables')
  if (!without4 && !without6) return stack
  return { ...stack, ...(without4 ? { iptables: null } : {}), ...(without6 ? { ip6tables: null } : {}) }
}
