import { expect } from 'vitest'
import type { threeStacks } from './three-stacks.fixture.ts'
import { predict, type Flow, type PredictedPath } from './predict.ts'

/** The one path of a flow that leaves nothing to chance. For tests only. */
export const only = (fabric: ReturnType<typeof threeStacks>, flow: Flow): PredictedPath => {
  const { paths } = predict(fabric, flow)
  expect(paths).toHaveLength(1)
  return paths[0]!
}
