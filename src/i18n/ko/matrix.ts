import type { MatrixSentences } from '../sentences/matrix-sentences.ts'

export const matrix: MatrixSentences = {
  title: '누가 누구에게 닿는가',
  size: (senders, receivers) => `보내는 쪽 ${senders}개 × 받는 쪽 ${receivers}개`,
  predictedOnly: '예측만 했고 아무것도 보내지 않음',
  probed: (answered, sent) => `프로브 ${sent}개 중 ${answered}개 응답`,
  sender: '보내는 쪽',
  receiver: '받는 쪽',
  legend: {
    delivered: '닿고, 응답도 돌아옴',
    refused: '거부됨: 해당 포트를 연 프로세스가 없거나 규칙이 거부함',
    dropped: '닿지 않음',
    unknown: '판단할 수 없음',
    sometimes: '확률에 따라 다름',
    disagrees: '실제로 보냈더니 예측과 다름',
  },
  reasons: '닿지 않는 이유',
  pairs: (n) => `${n}쌍`,
  requestLost: (place) => `${place} 위치에서 패킷이 사라짐`,
  requestRefused: (place) => `${place} 위치에서 거부됨`,
  replyLost: (place) => `${place} 위치에서 응답이 사라짐`,
  requestUnknown: (place) => `${place} 위치에서 판단할 수 없음`,
  replyUnknown: (place) => `${place} 위치에서 응답을 판단할 수 없음`,
  disagreements: '예측과 다른 쌍',
  predictedButLost: '도착할 것으로 예측했으나 응답이 없음',
  predictedLostButAnswered: '사라질 것으로 예측했으나 응답이 옴',
  refused: (n) => `${n}쌍은 거부됨`,
  undecided: (n, all) =>
    n === all ? `${all}쌍 가운데 판단할 수 있는 쌍이 없습니다` : `${n}쌍은 판단할 수 없음`,
  reached: (n, all) => `전체 ${all}쌍 중 ${n}쌍이 서로 닿음`,
}
