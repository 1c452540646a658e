import type { ChangeSentences } from '../sentences/change-sentences.ts'

export const change: ChangeSentences = {
  title: '무엇이 바뀌는가',
  edits: (n) => `변경 ${n}개`,
  pairs: (n) => `${n}쌍을 살펴봄`,
  added: '추가',
  removed: '제거',
  headings: {
    opens: (n) => `열림: ${n}쌍`,
    closes: (n) => `닫힘: ${n}쌍`,
    moves: (n) => `다른 경로로 감: ${n}쌍`,
    readdresses: (n) => `출발지 주소가 달라짐: ${n}쌍`,
    undecided: (n) => `판단할 수 없음: ${n}쌍`,
  },
  at: (places) => `위치: ${places}`,
  stoppedBefore: '막고 있던 줄',
  more: (n) => `… 그 밖에 ${n}쌍`,
  seenAs: (before, after) => `받는 쪽이 보는 주소: 이전 ${before}, 이후 ${after}`,
  nothing: '살펴본 쌍에는 달라지는 것이 없습니다.',
  onlyBefore: (ends) => `첫 번째 스냅숏에만 있음: ${ends}`,
  onlyAfter: (ends) => `두 번째 스냅숏에만 있음: ${ends}`,
  ifEnforced: '정책을 집행하는 프로그램이 있다면:',
  notes: {
    'later-pods': ({ what }) =>
      `${what} 변수는 나중에 시작하는 파드에만 영향을 주며, 실행 중인 파드는 그대로입니다`,
    'not-predicted': ({ at, because }) =>
      `${at} 스택은 그대로라고 봅니다. 무엇이 기록될지 알 수 없습니다: ${because}`,
    'not-enforced': ({ what }) =>
      `이 클러스터에는 NetworkPolicy를 집행하는 프로그램이 없습니다(aws-node에 켜진 네트워크 정책 에이전트가 없음). ${what} 정책은 아무것도 바꾸지 않습니다`,
    'stand-in-address': ({ what, address }) =>
      `새 서비스 ${what} 객체의 주소는 클러스터가 정합니다. 아무도 쓰지 않는 ${address} 주소로 대신 계산합니다`,
    'new-pods': ({ what }) =>
      `${what} 디플로이먼트의 파드는 이름과 주소가 다른 새 파드가 됩니다. 지금의 파드에 새 레이블을 붙여 계산합니다`,
  },
  expectations: '기대',
  expected: (from, to, reach) => `${from} → ${to}: ${reach ? '닿아야 함' : '닿지 않아야 함'}`,
  state: { holds: '지켜짐', broken: '깨짐', undecided: '판단할 수 없음' },
  brokenBefore: '변경 전에도 깨져 있었음',
  otherwise: (predicted) =>
    predicted === 'delivered' ? '닿음' : predicted === 'dropped' ? '닿지 않음' : '판단할 수 없음',
  refusedBy: (codes) => `거부한 원인: ${codes}`,
  verdict: (opens, closes, moves, readdresses) =>
    `${opens}쌍이 열리고, ${closes}쌍이 닫히고, ${moves}쌍이 다른 경로로 가고, ${readdresses}쌍의 출발지 주소가 달라짐`,
  held: (holds, all) => `기대 ${all}개 중 ${holds}개가 지켜짐`,
  problems: {
    command: ({ word }) =>
      `${word}: podpath change가 이해하는 명령이 아닙니다. podpath change --help를 보세요`,
    option: ({ word }) => `${word}: 여기서는 이해할 수 없는 말이므로 아무것도 예측하지 않습니다`,
    value: ({ option, value }) => `${option}: ${value === '' ? '빈 값' : value} 값은 쓸 수 없습니다`,
    lacks: ({ what }) => `변경에 필요한 것이 빠졌습니다: ${what}`,
    'not-there': ({ what, at }) => `${what}: ${at} 위치에 없습니다`,
    'there-already': ({ what, at }) => `${what}: ${at} 위치에 이미 있습니다`,
    'not-read': ({ what, at }) => `스냅숏에 ${at} 위치의 ${what} 내용이 없습니다`,
    quoting: ({ text }) => `${text}: 셸 없이 한 명령만 쓸 수 있습니다(파이프, 변수, 닫히지 않은 따옴표 불가)`,
    'too-long': ({ what, most }) => `${what}: ${most}보다 깁니다`,
    yaml: ({ because }) => `YAML: ${because}`,
    kind: ({ kind }) =>
      `${kind === '' ? 'kind가 없는 객체' : kind}: NetworkPolicy, Service, Deployment, Pod, Namespace만 이해합니다`,
    object: ({ object, because }) => `${object}: ${because}`,
    backend: ({ at }) =>
      `${at} 노드에는 iptables 백엔드 둘 다 규칙이 있습니다. iptables-legacy나 iptables-nft로 쓰세요`,
    variable: ({ name }) => `${name}: podpath가 아는 aws-node 변수가 아닙니다`,
    'no-cause': ({ cause, found }) =>
      `${cause}: 이 원인으로 실패하는 쌍이 없습니다${found.length === 0 ? '' : `. 찾은 원인: ${found.join(', ')}`}`,
    'no-cure': ({ cause }) => `${cause}: 줄 하나를 고쳐서 해결되는 원인이 아닙니다`,
  },
}
