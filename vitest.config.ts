import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/slowest/longest-first.ts'
import { skipReasons } from './test/skips/skip-reasons.ts'
import { slowest } from './test/slowest/slowest.ts'

const write = (text: string): void => void process.stdout.write(text)

/** What measures time has a core to itself: each of these runs one program at a time. */
const measured = ['test/cli/interrupts.test.ts', 'test/security/hostile-bundles.test.ts']

/** What needs a kernel, a cluster or a browser. */
const lab = {
  globalSetup: 'test/built.ts',
  setupFiles: 'test/own-kubectl.ts',
  environment: 'node',
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // What is waited for comes; on a busy machine it comes later.
  expect: { poll: { timeout: 30_000 } },
} as const

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ['default', slowest(write), skipReasons(write)],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'web/**/*.test.ts'],
          setupFiles: ['test/property-seed.ts'],
          environment: 'node',
          // Modules are read once for all files and not once for each: no unit test changes what another sees.
          isolate: false,
          // vitest leaves one core to itself; of two that is half.
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
          // Property tests try thousands of cases; a busy machine is no failure.
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...lab,
          name: 'lab',
          include: ['test/**/*.test.ts'],
          exclude: measured,
          // A lab's tests wait more than they compute, and a lab has names and a runtime directory of its own.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...lab,
          name: 'lab-measured',
          include: measured,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
