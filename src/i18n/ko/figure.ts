import type { FigureSentences } from '../sentences/figure-sentences.ts'

const verdicts = { delivered: '도착', dropped: '유실', unknown: '판단 불가' } as const

export const figure: FigureSentences = {
  podNamespace: 'Pod Network Namespace',
  hostNamespace: 'Host Network Namespace',
  described: (from, to, verdict) =>
    `출발지 ${from}, 목적지 ${to} 패킷의 경로${verdict === null ? '' : `: ${verdicts[verdict]}`}`,
  known: { captured: '캡처됨', inferred: '앞뒤 캡처로 추론', predicted: '예측만, 보이지 않음' },
  predictedPath: '예측했지만 지나가지 않은 길',
  predictedHere: '예측',
  tableLines: '상자 안의 줄: 실제 테이블에서 읽은 그대로',
  hops: (count) => `${count}곳 더`,
  noPath: '경로를 알 수 없음: 예측도 관측도 없음',
  alsoHold: (count) => `세부 내용 ${count}개도 성립`,
  wrongHere: '여기서 잘못됨',
  figureScrolls: '그림, 가로로 스크롤',
  decisions: '예측한 모든 결정과 그 근거가 된 줄',
  captures: '패킷을 캡처한 모든 곳',
  captureColumns: ['시간', '위치', '인터페이스', '방향', '주소', 'TTL', '옥텟', '내용'],
  probes: '보낸 패킷',
  sent: '보냄',
  received: '응답',
  roundTrip: '왕복 시간',
  started: '시작',
  nothingFound: '발견한 문제가 없습니다.',
  madeBy: 'podpath 생성. 이 파일은 외부에서 아무것도 불러오지 않습니다.',
}
