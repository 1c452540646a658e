import type { MismatchSentences } from '../sentences/mismatch-sentences.ts'

const interfaceText = (name: string): string => (name === '' ? '없음' : name)

export const mismatches: MismatchSentences = {
  source: ({ want, got, not }) =>
    `출발지 ${got} 주소가 ${want} 범위에 ${not ? '들어가므로 제외됩니다' : '들어가지 않습니다'}`,
  destination: ({ want, got, not }) =>
    `목적지 ${got} 주소가 ${want} 범위에 ${not ? '들어가므로 제외됩니다' : '들어가지 않습니다'}`,
  'no-source': ({ want }) =>
    `${want} 범위에서 나가는 패킷에 대한 규칙인데, 이 패킷은 아직 출발지 주소가 없습니다`,
  'in-interface': ({ want, got, not }) =>
    `${want} 인터페이스${not ? ' 이외의 곳으로' : '로'} 들어온 패킷이 대상입니다. 이 패킷이 들어온 인터페이스: ${interfaceText(got)}`,
  'out-interface': ({ want, got, not }) =>
    `${want} 인터페이스${not ? ' 이외의 곳으로' : '로'} 나가는 패킷이 대상입니다. 이 패킷이 나가는 인터페이스: ${interfaceText(got)}`,
  mark: ({ want, got, not }) =>
    `패킷 마크가 ${want} 값${not ? '이 아니어야' : '이어야'} 하는데 ${got} 값입니다`,
  'connection-mark': ({ want, got, not }) =>
    `연결 마크가 ${want} 값${not ? '이 아니어야' : '이어야'} 하는데 ${got} 값입니다`,
  tos: ({ want, got }) => `TOS 값이 ${want} 값이어야 하는데 ${got} 값입니다`,
  protocol: ({ want, got, not }) =>
    `${want} 프로토콜${not ? ' 이외의 패킷이' : '이'} 대상인데 이 패킷은 ${got} 프로토콜입니다`,
  'source-port': ({ want, got, not }) =>
    `출발지 포트 ${want}번${not ? ' 이외가' : '이'} 대상인데 이 패킷은 ${got === '' ? '포트가 없습니다' : `${got}번입니다`}`,
  'destination-port': ({ want, got, not }) =>
    `목적지 포트 ${want}번${not ? ' 이외가' : '이'} 대상인데 이 패킷은 ${got === '' ? '포트가 없습니다' : `${got}번입니다`}`,
  user: ({ want, got }) => `사용자 ${want}번이 대상인데 보낸 사용자는 ${got}번입니다`,
  'connection-state': ({ want, got, not }) =>
    `연결 상태가 ${want} 상태${not ? '가 아니어야' : '여야'} 하는데 ${got} 상태입니다`,
  'address-type': ({ want, got, not, address }) =>
    `${want} 유형의 주소${not ? '가 아니어야' : '여야'} 하는데, 여기서 ${address} 주소는 ${got} 유형입니다`,
  set: ({ set, got, not }) =>
    `${got} 주소가 ${set} 집합에 ${not ? '들어 있으므로 제외됩니다' : '들어 있지 않습니다'}`,
  excluded: () => '규칙이 제외하는 조건에 해당합니다',
  'shorter-prefix': ({ length, chosen }) =>
    `이 주소를 포함하지만, 프리픽스 길이가 /${length} 길이라서 더 긴 /${chosen} 경로에 밀립니다`,
  'larger-metric': ({ metric, chosen }) => `메트릭 ${metric} 값이 선택된 경로의 ${chosen} 값보다 큽니다`,
  unusable: () => '이 주소를 포함하지만 장치나 다음 홉을 사용할 수 없습니다',
  throws: () => '조회를 다음 규칙으로 넘깁니다',
  later: () => '같은 대상에 대한 다른 줄이 먼저 나옵니다',
  'decided-before': ({ chosen }) => `조건은 맞지만 앞의 규칙이 먼저 결정합니다: ${chosen}`,
  'group-member': ({ group, got }) =>
    `${got} 주소의 네트워크 인터페이스는 ${group} 보안 그룹에 속하지 않습니다`,
  other: ({ text }) => `조건이 맞지 않습니다: ${text}`,
}
