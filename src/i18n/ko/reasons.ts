import type { Reasons } from '../facts/reason-facts.ts'

export const reasons: Reasons = {
  'same-node': ({ node }) => `두 파드가 모두 ${node} 노드에 있어 패킷이 노드 밖으로 나가지 않습니다`,
  'address-not-on-pod': ({ pod, address }) => `${pod} 파드의 인터페이스에 ${address}/32 주소가 없습니다`,
  'address-on-node': ({ node, address, interface: on }) =>
    `${address} 주소가 ${node} 노드 자신의 ${on} 인터페이스에 설정되어 있어 파드로 갈 패킷을 노드가 가로챕니다`,
  'not-captured': ({ stack }) => `${stack} 위치에서는 캡처하지 않았습니다`,
  'capture-lossy': ({ stack, dropped }) =>
    `${stack} 위치의 캡처가 패킷 ${dropped}개를 놓쳐, 보이지 않았다는 사실만으로는 판단할 수 없습니다`,
  'not-seen': ({ stack, interface: at, direction }) =>
    `${stack} 위치의 ${at === null ? '' : `${at} `}인터페이스${direction === 'in' ? '로 들어오는' : '에서 나가는'} 패킷이 보이지 않았습니다`,
  'not-read': ({ stack, what }) => `${stack} 위치의 ${what} 정보를 읽지 못했습니다`,
  'no-route': ({ stack, destination }) => `${stack} 위치에 ${destination} 주소로 가는 경로가 없습니다`,
  'other-route': ({ stack, line, expected }) =>
    `${stack} 위치에서 다른 경로를 사용합니다: ${line} (예상: ${expected})`,
  'other-interface': ({ stack, expected, seen }) =>
    `${stack} 위치에서 ${expected} 인터페이스가 아니라 ${seen} 인터페이스를 사용했습니다`,
  'no-neighbour': ({ stack, address }) => `${stack} 위치에 ${address} 주소의 이웃(neighbour) 항목이 없습니다`,
  'neighbour-not-permanent': ({ address, state }) =>
    `${address} 주소의 이웃 항목이 PERMANENT 상태가 아니라 ${state} 상태입니다`,
  'neighbour-other-mac': ({ address, mac, interface: at, expected }) =>
    `${address} 주소의 이웃 항목은 MAC ${mac} 값인데 노드의 ${at} 인터페이스는 ${expected} 값이라 노드가 프레임을 버립니다`,
  'addresses-changed': ({ stack, interface: at, expected, seen }) =>
    `${stack}${at === null ? '' : ` ${at}`} 지점의 패킷이 ${expected} 패킷이 아니라 ${seen} 패킷입니다`,
  'ttl-changed': ({ stack, expected, seen }) =>
    `${stack} 위치의 TTL이 ${expected} 값이 아니라 ${seen} 값입니다`,
  'ttl-not-seen': ({ stack }) => `${stack} 위치의 TTL을 알 수 없습니다`,
  'next-hop': ({ stack, expected, seen }) =>
    `패킷이 ${stack} 위치에서 ${expected} 쪽이 아니라 ${seen} 쪽으로 갔습니다`,
  'too-few-points': ({ expected, seen }) => `캡처 지점 ${expected}곳 중 ${seen}곳에서만 보였습니다`,
  'no-reply': ({ stoppedAt }) =>
    stoppedAt === null
      ? '응답이 돌아오지 않았습니다'
      : `응답이 돌아오지 않았습니다. 마지막으로 보인 곳은 ${stoppedAt} 위치입니다`,
  'reply-other-way': ({ expected, seen }) => `응답이 다른 길로 돌아왔습니다: ${seen} (예상: ${expected})`,
  'snat-chain-empty': ({ chain }) =>
    `${chain} 체인에 규칙이 없습니다. AWS_VPC_K8S_CNI_EXTERNALSNAT=true 설정이면 SNAT를 NAT 게이트웨이에 맡깁니다`,
  'snat-no-chain': ({ stack }) =>
    `${stack} 위치의 POSTROUTING 체인에 AWS-SNAT-CHAIN-0 체인으로 가는 규칙이 없습니다`,
  'snat-no-rule': ({ stack, destination }) =>
    `${stack} 위치에 ${destination} 주소로 가는 패킷과 일치하는 SNAT 규칙이 없습니다`,
  'snat-excluded': ({ line, destination }) =>
    `${destination} 주소는 다음 규칙으로 SNAT에서 제외됩니다: ${line}`,
  'snat-other-rule': ({ line }) => `다른 규칙이 주소를 바꿉니다: ${line}`,
  'snat-other-source': ({ line, expected, seen }) =>
    `규칙이 ${expected} 주소가 아니라 ${seen} 주소로 바꿉니다: ${line}`,
  'walk-undecided': ({ line, because }) =>
    `패킷이 다음 규칙과 일치하는지 판단할 수 없습니다: ${line} (${because})`,
  'not-rewritten': ({ stack, source }) => `출발지 ${source} 주소가 바뀌지 않은 채 ${stack} 위치를 나갔습니다`,
  'rewritten-otherwise': ({ stack, expected, seen }) =>
    `${stack} 위치를 지난 출발지가 ${expected} 주소가 아니라 ${seen} 주소입니다`,
  'gateway-not-on-path': ({ path }) => `경로에 인터넷 게이트웨이가 없습니다: ${path}`,
  'public-address-not-seen': ({ stack }) => `${stack} 위치 너머의 패킷은 보지 못했습니다`,
  'translation-count': ({ expected, seen, list }) =>
    `주소 변환이 ${expected}번이 아니라 ${seen}번 일어났습니다${list === '' ? '' : `: ${list}`}`,
  'not-undone': ({ stack, expected, seen }) =>
    `${stack} 위치를 지난 응답의 목적지가 ${expected} 주소가 아니라 ${seen} 주소입니다`,
  'no-answer': ({ from, error }) =>
    `${from} 쪽에서 응답을 받지 못했습니다${error === null ? '' : `: ${error}`}`,
  'not-an-address': ({ from, answer }) => `${from} 쪽에서 받은 응답이 주소가 아닙니다: ${answer}`,
  'public-differs': ({ pod, node }) => `파드는 ${pod} 주소로, 노드는 ${node} 주소로 보입니다`,
  'public-not-nodes': ({ expected, seen }) =>
    `인터넷에서는 ${expected} 주소가 아니라 ${seen} 주소로 보입니다`,
  'public-not-known': ({ node }) =>
    `EC2와 쿠버네티스 어느 쪽에서도 ${node} 노드의 퍼블릭 IP 주소를 알 수 없습니다`,
}
