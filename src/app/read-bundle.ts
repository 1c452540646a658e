import { readVpcs, type Ec2Answers } from '../aws/read-vpcs.ts'
import { bundleFiles, type Bundle } from '../bundle/bundle.ts'
import { parseJson } from '../edge/json.ts'
import { readFabric } from '../linux/fabric.ts'
import type { Fabric } from '../model/fabric.ts'
import type { Gap } from '../model/result.ts'

export interface ReadBundle {
  readonly fabric: Fabric
  readonly gaps: readonly Gap[]
}

/** A recorded snapshot as the model: stacks, wires and the VPC. Never throws; what cannot be read is a gap. */
export function readBundle(bundle: Bundle): ReadBundle {
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
  const read = readFabric(bundleFiles(bundle), vpcs?.seen[0] ?? null)
  return { fabric: read.fabric, gaps: [...gaps, ...read.gaps] }
}
