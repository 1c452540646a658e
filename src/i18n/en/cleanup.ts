import type { CleanupSentences } from '../sentences/cleanup-sentences.ts'
import { objectName } from './object-name.ts'

export const cleanup: CleanupSentences = {
  nothing: (cluster) => `nothing of podpath is in ${cluster}`,
  wouldRemove: (object) => `would remove ${objectName(object)}`,
  isEnding: (object) => `${objectName(object)} is being removed already`,
  removed: (object) => `removed ${objectName(object)}`,
  stillEnding: ({ object, waitsFor, seconds }) =>
    `${objectName(object)} is being removed and is not gone after ${seconds} s (Terminating${waitsFor === null ? '' : `: ${waitsFor}`})`,
  notRemoved: ({ object, because, command }) =>
    `${objectName(object)} is still there (${because}); to remove it: ${command}`,
}
