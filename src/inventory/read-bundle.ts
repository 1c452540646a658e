import { readVpcs, type Ec2Answers } from '../aws/read-vpcs.ts'
import { bundleFiles, type Bundle } from '../bundle/bundle.ts'
import { parseJson } from '../edge/json.ts'
import { fabricSteps } from '../linux/fabric.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import type { Gap } from '../model/result/result.ts'
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
  const read = { fabric, gaps: [...gaps, ...more] }
  known.set(bundle, read)
  return read
}
