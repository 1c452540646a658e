import type { WebTablesSentences } from '../../web/tables-sentences.ts'

const exact: Readonly<Record<string, string>> = {
  'nat PREROUTING':
    '노드가 경로를 정하기 전에, 들어오는 패킷에 가장 먼저 적용됩니다. 파드가 eni… 인터페이스로 보낸 패킷과 VPC에서 온 패킷이 여기로 옵니다. 서비스 주소가 파드 주소로 바뀌는 곳입니다.',
  'nat INPUT': '노드 자신에게 도착한 패킷에 적용됩니다.',
  'nat OUTPUT':
    '노드의 프로그램(kubelet, 호스트 네트워크를 쓰는 파드)이 직접 보내는 패킷에 적용됩니다. 하는 일은 PREROUTING과 같습니다.',
  'nat POSTROUTING':
    '나갈 길이 정해진 뒤 마지막에 적용됩니다. 출발지 주소는 여기서만 바꿀 수 있습니다. kube-proxy의 표시를 먼저 처리하고, 이어서 VPC CNI가 SNAT 여부를 정합니다.',
  'nat KUBE-SERVICES':
    'kube-proxy의 차례표입니다. 서비스 포트마다 한 줄씩 있고, 클러스터 IP와 포트가 일치하면 그 서비스의 KUBE-SVC 체인으로 갑니다.',
  'nat KUBE-POSTROUTING':
    'kube-proxy가 0x4000 마크를 붙인 패킷은 응답이 노드로 돌아오도록 출발지를 노드 주소로 바꿉니다. 나머지 패킷은 첫 줄에서 체인을 빠져나갑니다.',
  'nat KUBE-MARK-MASQ':
    '0x4000 마크만 붙입니다. "출발지를 바꿔야 하는 패킷"이라는 표시이고 KUBE-POSTROUTING에서 확인합니다.',
  'nat KUBE-NODEPORTS': 'NodePort 서비스입니다. 노드의 모든 주소에서 해당 포트를 받습니다.',
  'nat AWS-SNAT-CHAIN-0':
    'VPC CNI의 첫 질문입니다. 패킷이 VPC 밖으로 나가는가? 목적지가 VPC 대역 안이면 일치하지 않아 파드 주소가 그대로 유지되고, 그 밖의 패킷은 AWS-SNAT-CHAIN-1 체인으로 갑니다.',
  'nat AWS-SNAT-CHAIN-1':
    'VPC CNI의 SNAT입니다. 인터넷으로 나가는 패킷의 출발지를 노드 프라이머리 ENI의 프라이머리 주소로 바꿉니다. 첫 번째 SNAT이며, 인터넷 게이트웨이(프라이빗 서브넷에서는 그 앞의 NAT 게이트웨이도)에서 다시 일어납니다.',
  'nat AWS-CONNMARK-CHAIN-0':
    '파드가 새로 시작한 연결에 적용됩니다. 목적지가 VPC 밖이면 AWS-CONNMARK-CHAIN-1 체인으로 갑니다.',
  'nat AWS-CONNMARK-CHAIN-1':
    '연결에 0x80 마크를 붙입니다. 파드에서 시작해 VPC 밖으로 나가는 연결이므로, SNAT로 바뀔 주소를 가진 프라이머리 ENI를 쓰게 합니다.',
  'filter KUBE-FORWARD': 'kube-proxy가 표시한 패킷과 이미 맺어진 연결의 응답을 통과시킵니다.',
  'filter KUBE-SERVICES': '엔드포인트가 없는 서비스로 가는 패킷을 바로 거부합니다.',
  'filter KUBE-EXTERNAL-SERVICES': '서비스의 외부 주소에 대해 같은 일을 합니다.',
  'filter KUBE-FIREWALL': '0x8000 마크가 붙은 패킷과 127.0.0.0/8 대역을 사칭한 패킷을 버립니다.',
  'filter KUBE-NODEPORTS': '노드 안에서만 처리하는 서비스의 상태 확인 포트입니다.',
  'filter FORWARD': '노드를 지나가는 모든 패킷, 즉 파드에서 오거나 파드로 가는 패킷에 적용됩니다.',
  'filter INPUT': '노드에 도착하는 모든 패킷에 적용됩니다.',
  'filter OUTPUT': '노드가 직접 보내는 모든 패킷에 적용됩니다.',
  'mangle PREROUTING':
    '경로를 정하기 전에 VPC CNI가 마크를 붙이는 곳입니다. 프라이머리 ENI로 들어온 NodePort 요청은 그 ENI로 응답해야 합니다(0x80).',
  'mangle FORWARD': '지나가는 패킷에 filter 테이블보다 먼저 적용됩니다.',
}

const families: readonly (readonly [RegExp, string])[] = [
  [
    /^nat KUBE-SVC-/,
    '서비스 포트 하나입니다. 엔드포인트 중 하나를 무작위로 고릅니다. 줄마다 정해진 비율(statistic)만큼 연결을 맡아 KUBE-SEP 체인으로 보냅니다.',
  ],
  [/^nat KUBE-SEP-/, '엔드포인트 하나입니다. 파드 하나의 주소와 포트로 DNAT를 수행합니다.'],
  [
    /^nat KUBE-EXT-/,
    '클러스터 밖에서 서비스로 온 패킷입니다. 출발지를 바꿀 표시를 하고 KUBE-SVC 체인으로 보냅니다.',
  ],
  [/^nat KUBE-SVL-/, '이 노드에 있는 엔드포인트만 사용합니다(externalTrafficPolicy: Local).'],
  [/^nat KUBE-FW-/, '로드 밸런서 주소를 쓸 수 있는 출발지를 정합니다.'],
  [
    /^\S+ KUBE-(?:PROXY-CANARY|KUBELET-CANARY)/,
    '일부러 비워 둔 체인입니다. 이 체인이 사라지면 누군가 규칙을 지운 것이므로 모든 규칙을 다시 씁니다.',
  ],
]

export const webTables: WebTablesSentences = {
  stack: '노드 또는 파드',
  tabs: { rules: 'ip rule', routes: '라우팅', iptables: 'iptables', nft: 'nftables' },
  lightTitle: '패킷이 거치는 줄 보기',
  lightHint: '아무것도 보내지 않습니다. 커널이 확인할 줄을 그 순서대로 표시합니다.',
  from: '출발지',
  to: '목적지',
  toHint: '파드, 서비스 또는 주소',
  protocol: '프로토콜',
  port: '포트',
  light: '표시하기',
  clear: '지우기',
  packets: '패킷',
  octets: '바이트',
  line: '줄',
  order: '순서',
  filter: '이 글자가 있는 줄만',
  table: (name) => `${name} 테이블`,
  routeTable: (name) => `${name} 테이블`,
  lookedUpBy: '이 테이블을 조회하는 규칙',
  hook: (name) => `${name} 훅`,
  userChain: '체인',
  calledFrom: '호출하는 체인',
  policy: (policy) => `기본 정책 ${policy}`,
  policyLine: '결정한 규칙이 없어 체인의 기본 정책을 따름',
  emptyChain: '규칙 없음',
  notRead: '읽지 못했습니다.',
  noTables: '여기에는 없습니다.',
  noStacks: '기록된 테이블이 없습니다. 어떤 노드나 파드의 규칙과 경로도 알 수 없습니다.',
  showAll: (count) => `${count}줄 모두 보기`,
  explain: '체인 설명 보기',
  notCounted: '집계 안 함',
  mark: { decides: '여기서 결정', on: '일치, 계속 진행', no: '불일치' },
  pathHere: '이곳을 지나는 패킷의 길',
  direction: { forward: '요청', reply: '응답' },
  notHere: '이 패킷은 이곳을 지나지 않습니다.',
  stacksOnPath: '지나는 곳',
  oneOfPaths: (percent, ways) =>
    `${ways}가지 길 중 가능성이 가장 큰 길(${percent})입니다. 여기서는 확률로 정해집니다.`,
  whyNot: '이유',
  lightFirst: '먼저 패킷의 길을 표시하세요. 그러면 줄마다 결정한 이유나 결정하지 않은 이유를 알 수 있습니다.',
  askForWhy: '아무 줄이나 고르면 왜 그 줄이 결정했는지, 왜 결정하지 않았는지 알려 줍니다.',
  decided: '이 줄에서 결정되었습니다.',
  matched: '일치하며, 뒤의 줄도 이어서 확인합니다.',
  lacked: '확인했지만 일치하지 않습니다.',
  notCrossed: '이 방향의 패킷은 이곳을 지나지 않습니다.',
  decidedBefore: '확인하지 않았습니다. 앞에서 이 줄이 먼저 결정했습니다.',
  endedBefore: '확인하지 않았습니다. 패킷이 이 줄에서 끝났습니다.',
  notEntered: '확인하지 않았습니다. 이곳으로 이어진 줄이 없었습니다. 이어질 수 있었던 줄은 다음과 같습니다.',
  neverEntered: '확인하지 않았습니다. 이 체인으로 가는 줄이 하나도 없습니다.',
  noRuleLooksUp: '확인하지 않았습니다. 이 테이블을 조회하는 규칙이 없습니다.',
  otherHook: (hook) => `확인하지 않았습니다. 이 패킷은 여기서 ${hook} 훅을 지나지 않습니다.`,
  natSettled:
    '확인하지 않았습니다. nat 테이블은 연결의 첫 패킷에만 적용됩니다. 응답에서는 그때 정한 변환을 conntrack이 되돌립니다.',
  inert: '세거나 기록만 합니다. 패킷의 길은 이 줄과 상관이 없습니다.',
  because: '이유',
  verdict: { delivered: '도착', dropped: '유실', unknown: '판단 불가' },
  chain: (table, name) =>
    exact[`${table} ${name}`] ?? families.find(([pattern]) => pattern.test(`${table} ${name}`))?.[1] ?? null,
  natStory: [
    '파드에서 온 패킷은 먼저 PREROUTING을 거칩니다. KUBE-SERVICES에서 서비스 주소가 파드 주소로 바뀌고, AWS-CONNMARK-CHAIN-0과 -1에서 VPC 밖으로 나가는 연결에 마크가 붙습니다.',
    '노드가 경로를 정합니다.',
    'POSTROUTING을 거칩니다. kube-proxy가 표시한 패킷은 KUBE-POSTROUTING에서 처리하고, 이어서 AWS-SNAT-CHAIN-0을 확인합니다. 목적지가 VPC 안이면 주소를 바꾸지 않고, 그 밖이면 AWS-SNAT-CHAIN-1에서 노드 주소로 바꿉니다.',
    '인터넷 게이트웨이에서 공인 IP로 한 번 더 바꿉니다. 프라이빗 서브넷이라면 그 전에 NAT 게이트웨이에서도 바꿉니다. 그래서 SNAT는 두 번 또는 세 번 일어나고, 응답에서는 반대 순서로 되돌립니다.',
  ],
}
