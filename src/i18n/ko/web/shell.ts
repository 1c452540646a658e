import type { WebShellSentences } from '../../web/shell-sentences.ts'

export const webShell: WebShellSentences = {
  pages: { trace: '추적', cluster: '클러스터', tables: '테이블', lab: '실습', runs: '기록' },
  menu: '페이지',
  skip: '본문으로 건너뛰기',
  source: (kind, name) => (kind === 'cluster' ? `${name} 클러스터` : `${name} 스냅샷`),
  sourceKind: { cluster: '클러스터', bundle: '스냅샷' },
  language: '언어',
  theme: '화면 색상',
  themes: { auto: '시스템 색상', light: '밝게', dark: '어둡게' },
  loading: '불러오는 중…',
  notConnected: 'podpath가 응답하지 않습니다',
  broken: '이 페이지에 오류가 생겼습니다. 다른 페이지는 계속 쓸 수 있습니다. 오류를 알려 주세요',
}
