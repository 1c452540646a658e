import { defineConfig } from 'vitest/config'
import { skipReasons } from './test/skips/skip-reasons.ts'
import { slowest } from './test/slowest/slowest.ts'

const write = (text: string): void => void process.stdout.write(text)

export default defineConfig({
  test: {
    reporters: ['default', slowest(write), skipReasons(write)],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'web/**/*.test.ts'],
          setupFiles: ['test/property-seed.ts'],
          environment: 'node',
          // Property tests try thousands of cases; a busy machine is no failure.
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/**/*.test.ts'],
          setupFiles: ['test/own-kubectl.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // What is waited for comes; on a busy machine it comes later.
          expect: { poll: { timeout: 30_000 } },
          // Labs share two cores and one kernel: one file at a time keeps timings honest.
          fileParallelism: false,
        },
      },
    ],
  },
})
