import type { CleanupSentences } from '../sentences/cleanup-sentences.ts'
import { objectName } from './object-name.ts'

export const cleanup: CleanupSentences = {
  nothing: (cluster) => `${cluster} 클러스터에는 podpath가 만든 것이 없습니다`,
  wouldRemove: (object) => `삭제할 대상: ${objectName(object)}`,
  isEnding: (object) => `이미 삭제 중: ${objectName(object)}`,
  traceRemoved: ({ at, instance }) => `${at} 위치의 추적 인스턴스 ${instance} 제거됨`,
  traceRefused: ({ at, because }) => `${at} 위치의 추적 인스턴스를 볼 수 없습니다: ${because}`,
  noTraces: (kernels) => `커널 ${kernels}개에 podpath의 추적이 남아 있지 않습니다`,
  removed: (object) => `삭제함: ${objectName(object)}`,
  stillEnding: ({ object, waitsFor, seconds }) =>
    `${objectName(object)}는 삭제 중이며 ${seconds}초가 지나도 남아 있습니다 (Terminating${waitsFor === null ? '' : `: ${waitsFor}`})`,
  notRemoved: ({ object, because, command }) =>
    `${objectName(object)}가 아직 남아 있습니다 (${because}). 삭제 명령: ${command}`,
}
