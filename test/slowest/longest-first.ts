import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take a minute and more on two quiet cores, though they may be short; the longest first. */
export const long: readonly string[] = [
  'test/lab/faults-al2023.test.ts',
  'test/lab/break-heal/node-routing.test.ts',
  'test/kubernetes/remote-command.test.ts',
  'test/lab/deaths.test.ts',
  'test/lab/break-heal/vpc-and-objects.test.ts',
  'test/lab/break-heal/node-netfilter.test.ts',
  'test/lab/break-heal/services-and-pods.test.ts',
  'test/lab/probes.test.ts',
  'test/kubernetes/versions.test.ts',
  'test/diagnose/same.test.ts',
  'test/diagnose/faults.test.ts',
  'test/diagnose/change.test.ts',
  'test/lab/front-doors.test.ts',
  'test/diagnose/healthy.test.ts',
  'test/seed/tutorial.test.ts',
]

/** The place of a file in the order; what is not known to be long comes after all that is. */
export function placeOf(file: string): number {
  const place = long.findIndex((one) => file.endsWith(`/${one}`))
  return place < 0 ? long.length : place
}

/** No long file is left for the end, when nothing runs beside it. What is equal stays as vitest has it: larger files first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => placeOf(a.moduleId) - placeOf(b.moduleId))
  }
}
