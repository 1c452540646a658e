import type { CleanupSentences } from '../sentences/cleanup-sentences.ts'
import { objectName } from './object-name.ts'

export const cleanup: CleanupSentences = {
  nothing: (cluster) => `nothing of podpath is in ${cluster}`,
  wouldRemove: (object) => `would remove ${objectName(object)}`,
  isEnding: (object) => `${objectName(object)} is being removed already`,
  traceRemoved: ({ at, instance }) => `removed the trace instance ${instance} of ${at}`,
  traceRefused: ({ at, because }) => `the trace instances of ${at} cannot be looked at: ${because}`,
  noTraces: (kernels) =>
    `no trace of podpath runs in ${kernels === 1 ? 'the kernel' : `the ${kernels} kernels`}`,
  removed: (object) => `removed ${objectName(object)}`,
  stillEnding: ({ object, waitsFor, seconds }) =>
    `${objectName(object)} is being removed and is not gone after ${seconds} s (Terminating${waitsFor === null ? '' : `: ${waitsFor}`})`,
  notRemoved: ({ object, because, command }) =>
    `${objectName(object)} is still there (${because}); to remove it: ${command}`,
}
