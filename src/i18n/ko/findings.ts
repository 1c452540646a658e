import type { Findings } from '../facts/finding-facts.ts'

/** The verdicts as they read inside a Korean sentence. */
const verdict = { delivered: '도착', dropped: '유실', unknown: '판단 불가' } as const

/** What lies where the packet went missing. */
const between = {
  stack:
    '이곳에 들어왔지만 나가지 않았으므로, podpath가 읽지 않는 것(eBPF, tc, 스냅샷 뒤에 생긴 규칙)이 결정하고 있습니다',
  wire: '두 곳 사이에는 veth 쌍 하나만 있습니다',
  vpc: '두 곳 사이에는 VPC의 라우팅 테이블, 네트워크 ACL, 보안 그룹이 있습니다',
  receiver: '목적지에 도착했지만 응답이 없습니다',
  sender: '보낸 곳을 떠나지 못했습니다',
  beyond: '그 너머는 캡처할 수 없습니다',
} as const

/** What would tell more. */
const tellsMore: { readonly [Segment in keyof typeof between]: (at: string) => string } = {
  stack: (at) =>
    `${at} 위치에서 \`iptables -t raw -I PREROUTING … -j TRACE\` 규칙과 \`xtables-monitor --trace\` 명령, \`tc filter show\`, \`bpftool net\`, 네트워크 정책 에이전트의 로그를 확인하세요.`,
  wire: (at) =>
    `${at} 위치에 연결된 veth 양쪽의 \`ip -s link\` 출력과 \`ip neigh\` 출력의 MAC 주소를 비교하세요.`,
  vpc: () =>
    '두 네트워크 인터페이스의 VPC 흐름 로그에 ACCEPT 또는 REJECT가 남습니다. Reachability Analyzer는 어떤 객체가 막는지 알려 줍니다.',
  receiver: (at) =>
    `${at} 위치에서 \`ss -lntu\` 명령으로 수신 중인 프로그램이 있는지 보고, \`nstat -az\` 출력과 애플리케이션 로그를 확인하세요.`,
  sender: (at) =>
    `${at} 위치에서 \`ip route get\`, \`iptables -L OUTPUT -v\` 출력과 프로그램이 알려 주는 오류를 확인하세요.`,
  beyond: () => '반대쪽에서 캡처하거나, 마지막 네트워크 인터페이스의 VPC 흐름 로그를 확인하세요.',
}

export const findings: Findings = {
  PACKET_LOST: {
    message: ({ from, to, at, interface: by, because }) =>
      because === null
        ? `${from} 쪽에서 ${to} 쪽으로 가는 패킷이 사라집니다. 마지막으로 보인 곳은 ${at}${by === null ? '' : ` ${by}`} 위치입니다`
        : `${from} 쪽에서 ${to} 쪽으로 가는 패킷이 테이블의 내용대로 ${at} 위치에서 사라집니다: ${because}`,
    remedy: ({ at, because }) =>
      because === null
        ? `${at} 위치가 패킷을 어떻게 처리하는지 라우팅 정보, FORWARD 체인, 역방향 경로 필터(rp_filter) 순서로 확인하고, 그다음 구간을 살펴보세요.`
        : '표시된 줄에서 끝난다는 점에서 예측과 캡처가 일치합니다. 시도한 변경 가운데 고치는 것이 없으므로, 그 줄을 바꾸기 전에 무엇이 패킷을 그리로 보냈는지 확인하세요.',
  },
  REPLY_LOST: {
    message: ({ from, to, at, interface: by, because }) =>
      because === null
        ? `${from} 쪽의 패킷은 ${to} 쪽에 도착했지만 응답이 사라집니다. 마지막으로 보인 곳은 ${at}${by === null ? '' : ` ${by}`} 위치입니다`
        : `${from} 쪽의 패킷은 ${to} 쪽에 도착했지만, 응답이 테이블의 내용대로 ${at} 위치에서 사라집니다: ${because}`,
    remedy: ({ at, because }) =>
      because === null
        ? `${at} 위치에서 응답이 나가는 길을 확인하세요. 정책 라우팅 규칙(ip rule), 역방향 경로 필터, 나가는 ENI의 보안 그룹이 대상입니다.`
        : '표시된 줄에서 끝난다는 점에서 예측과 캡처가 일치합니다. 시도한 변경 가운데 고치는 것이 없으므로, 그 줄을 바꾸기 전에 무엇이 패킷을 그리로 보냈는지 확인하세요.',
  },
  LOST_AGAINST_PREDICTION: {
    message: ({ from, to, direction, at, interface: by, missing, segment, counted }) => {
      const what =
        direction === 'forward'
          ? `${from} 쪽에서 ${to} 쪽으로 가는 패킷이`
          : `${to} 쪽에서 ${from} 쪽으로 돌아오는 응답이`
      const seen = `마지막으로 보인 곳은 ${at}${by === null ? '' : ` ${by}`} 위치${missing === null || missing === at ? '입니다' : `이고, ${missing} 위치에서는 보이지 않았습니다`}`
      const guilty = counted === null ? '' : `. 그동안 패킷을 버리는 줄의 카운터가 늘었습니다: ${counted}`
      return `읽은 테이블은 모두 통과시키는데도 ${what} 사라집니다. ${seen}. ${between[segment]}${guilty}`
    },
    remedy: ({ at, segment }) => tellsMore[segment](at),
  },
  DELIVERED_AGAINST_PREDICTION: {
    message: ({ from, to, at, because }) =>
      `${from} 쪽에서 ${to} 쪽으로 가는 패킷이 도착합니다. 그런데 ${at} 위치의 테이블은 다르게 말합니다(${because}). podpath의 모델이 틀렸거나, 읽은 뒤에 테이블이 바뀌었습니다`,
    remedy: () => '한 번 더 실행해 보고, 그래도 같다면 예측이 틀린 것이니 보관된 번들과 함께 알려 주세요.',
  },
  POLICY_NOT_ENFORCED: {
    message: ({ from, to, because }) =>
      `NetworkPolicy 규칙이 허용하지 않는데도(${because}) ${from} 쪽에서 ${to} 쪽으로 가는 패킷이 도착합니다: 정책을 적용하는 것이 없습니다`,
    remedy: () =>
      'VPC CNI는 네트워크 정책 에이전트(aws-node 파드의 aws-eks-nodeagent 컨테이너, ConfigMap amazon-vpc-cni의 enable-network-policy-controller)가 실행될 때 정책을 적용하며, Calico 같은 다른 엔진이 적용할 수도 있습니다. 그 노드에서 실행 중인지 확인하세요.',
  },
  PARTIAL_LOSS: {
    message: ({ from, to, sent, received }) =>
      `${from} 쪽에서 ${to} 쪽으로 보낸 프로브 ${sent}개 중 ${received}개만 응답을 받았습니다`,
    remedy: () =>
      '--count 값을 늘려 다시 보내 보세요. 일정한 비율로 사라지면 여러 경로나 백엔드 중 하나가, 불규칙하면 혼잡이나 가득 찬 테이블이 원인입니다.',
  },
  CONNECTION_REFUSED: {
    message: ({ from, to, at, asked, by, because }) =>
      by === 'no-endpoints'
        ? `${to} 쪽이 ${asked} 연결을 거부했습니다. Service에 준비된 엔드포인트가 없어서 ${at} 위치의 kube-proxy 규칙이 ${from} 쪽의 패킷을 거부합니다`
        : by === 'rule'
          ? `${at} 위치의 규칙이 ${from} 쪽에서 ${to} 쪽으로 보낸 패킷을 거부합니다: ${because ?? '거부'}`
          : by === 'proxy'
            ? `${to} 쪽이 ${asked} 연결을 거부했습니다. ${from} 쪽의 패킷은 ${at} 위치에 도착했지만, 그곳의 규칙이 다른 포트로 넘기며 그 포트를 연 프로그램이 없습니다`
            : `${to} 쪽이 ${asked} 연결을 거부했습니다. ${from} 쪽의 패킷은 ${at} 위치에 도착했지만, 그 포트를 연 프로그램이 없습니다`,
    remedy: ({ by }) =>
      by === 'no-endpoints'
        ? 'Service의 셀렉터와 파드의 레이블을 비교하고, 파드가 준비 상태인지 확인하세요: kubectl get endpointslices, kubectl get pods --show-labels.'
        : by !== 'rule'
          ? '사라진 패킷은 없습니다. 그곳에서 `ss -lntu` 명령으로 어떤 프로그램이 어느 포트를 열었는지, 127.0.0.1에만 열지는 않았는지 확인하세요. Service의 targetPort는 컨테이너가 연 포트와 같아야 합니다.'
          : '사라진 패킷은 없으며, REJECT 규칙은 의도된 것입니다. 이 플로를 허용해야 한다면 해당 줄을 바꾸세요.',
  },
  NAME_UNRESOLVED: {
    message: ({ from, to, server }) =>
      server === null
        ? `${to} 이름의 주소를 찾지 못했습니다: ${from} 쪽의 질의에 응답하는 DNS 서버가 없습니다`
        : `${to} 이름의 주소를 찾지 못했습니다: DNS 서버 ${server} 주소가 ${from} 쪽의 질의에 응답하지 않습니다`,
    remedy: ({ server }) =>
      server === null
        ? '질의한 곳의 /etc/resolv.conf 내용과 파드의 dnsPolicy 값을 확인하세요.'
        : `읽은 테이블 가운데 ${server} 주소로 가는 질의를 막는 것이 없습니다. CoreDNS 파드가 준비되었는지, 무엇을 기록했는지 확인하세요(kubectl -n kube-system logs -l k8s-app=kube-dns).`,
  },
  PROBE_FAILED: {
    message: ({ from, to, error }) => `${from} 쪽에서 ${to} 쪽으로 보낸 프로브가 실패했습니다: ${error}`,
    remedy: ({ error }) =>
      /refused/i.test(error)
        ? '패킷은 도착했지만 거부되었습니다. 그곳에서 어떤 프로그램이 어느 주소와 포트를 열고 있는지 ss -lntu 명령으로 확인하세요.'
        : /timed out/i.test(error)
          ? '패킷이 도착한 것이 보였다면 그곳의 프로그램이 응답하지 않은 것입니다. 자기 프로토콜에 맞는 요청에만 응답하는 프로그램이 많습니다.'
          : '프로브가 알려 준 오류를 먼저 해결하세요. 이름을 찾지 못하는 경우에는 CoreDNS와 VPC DNS를 확인하세요.',
  },
  PATH_DIFFERS: {
    message: ({ from, to, predicted, observed }) =>
      `${from} 쪽에서 ${to} 쪽으로 가는 패킷의 실제 경로가 예측과 다릅니다. 실제: ${observed} / 예측: ${predicted}`,
    remedy: ({ at }) =>
      `두 경로는 ${at} 위치에서 갈라집니다. 이 위치의 정책 라우팅 규칙과 경로를 캡처와 비교하세요. podpath가 읽지 못한 무언가가 여기서 결정하고 있습니다.`,
  },
  VERDICT_DIFFERS: {
    message: ({ from, to, predicted, observed }) =>
      `${from} 쪽에서 ${to} 쪽으로 가는 패킷의 결과가 예측과 다릅니다. 실제: ${verdict[observed]} / 예측: ${verdict[predicted]}`,
    remedy: ({ at }) =>
      `결과가 갈라지는 ${at} 위치를 확인하세요. 스냅샷과 프로브 사이에 바뀐 것이 없다면 예측이 틀린 것이니 번들과 함께 알려 주세요.`,
  },
  ADDRESSES_DIFFER: {
    message: ({ from, to, at, interface: by, predicted, observed }) =>
      `${from} 쪽에서 ${to} 쪽으로 가는 패킷의 주소가 ${at} ${by} 지점에서 NAT 규칙의 예측과 다릅니다. 실제: ${observed} / 예측: ${predicted}`,
    remedy: ({ at }) =>
      `${at} 위치의 NAT 테이블과 연결 추적(conntrack) 항목을 비교하세요. 오래된 항목은 예전 변환을 계속 사용합니다(conntrack -D 명령으로 지울 수 있습니다).`,
  },
  STATEMENT_FAILED: {
    message: ({ id, statement, reason }) => `${id} 항목이 성립하지 않습니다 (${statement}): ${reason}`,
    remedy: () => '해당 항목의 근거에 어긋나는 규칙이나 캡처가 나와 있습니다. 그곳부터 확인하세요.',
  },
  NAT_COUNT: {
    message: ({ from, to, expected, seen }) =>
      `${from} 쪽에서 ${to} 쪽으로 가는 동안 출발지 주소가 ${expected}번이 아니라 ${seen}번 바뀌었습니다`,
    remedy: () =>
      '노드의 AWS_VPC_K8S_CNI_EXTERNALSNAT 설정과 AWS-SNAT-CHAIN 체인, 그리고 노드의 ENI에 퍼블릭 IP 주소가 있는지 확인하세요.',
  },
  PUBLIC_ADDRESS_DIFFERS: {
    message: ({ pod, podAddress, node, nodeAddress }) =>
      `인터넷에서 ${pod} 파드는 ${podAddress} 주소로, ${node} 노드는 ${nodeAddress} 주소로 보입니다`,
    remedy: () =>
      '노드가 SNAT를 하지 않으면 파드는 NAT 게이트웨이로 나갑니다. AWS_VPC_K8S_CNI_EXTERNALSNAT 설정과 파드 서브넷의 라우팅 테이블을 확인하세요.',
  },
  KERNEL_DROPPED: {
    message: ({ function: name, reason, meaning, probes, otherwise }) =>
      `커널이 ${name}() 함수에서 탐침 ${probes}개를 모두 버렸습니다${reason === null ? '' : `. 사유는 ${reason}`}${meaning === null ? '' : `: ${meaning}`}${otherwise === 0 ? '' : ` (그동안 다른 패킷도 ${otherwise}개)`}`,
    remedy: () =>
      '커널이 직접 알려 준 사유입니다(추적점 skb:kfree_skb). 테이블에 나타나지 않는 eBPF나 tc 프로그램, 가득 찬 큐, 소켓이 원인일 때 도움이 됩니다.',
  },
  CAPTURE_DROPPED: {
    message: ({ at, dropped }) =>
      `${at} 위치의 캡처가 패킷 ${dropped}개를 놓쳤습니다. 보이지 않은 패킷도 실제로는 지나갔을 수 있습니다`,
    remedy: () => '노드가 한가할 때 다시 실행하거나 한 번에 추적하는 대상을 줄여 보세요.',
  },
  CAPTURE_FAILED: {
    message: ({ at, because }) => `${at} 위치에서 캡처하지 못했습니다: ${because}`,
    remedy: () => '에이전트에는 해당 노드의 tcpdump 프로그램과 NET_RAW, NET_ADMIN 권한이 필요합니다.',
  },
  PREDICTION_UNKNOWN: {
    message: ({ from, to, at, because }) =>
      `${from} 쪽에서 ${to} 쪽으로 가는 길을 ${at} 위치 너머로는 예측할 수 없습니다: ${because}`,
    remedy: () => '캡처 결과는 그대로 유효합니다. 빠진 정보를 주거나 표시된 줄을 직접 확인하세요.',
  },
  PREDICTED_DROP: {
    message: ({ from, to, at, because }) =>
      `${from} 쪽에서 ${to} 쪽으로 가는 패킷은 ${at} 위치에서 끝납니다: ${because}`,
    remedy: () =>
      '시도한 변경 가운데 고치는 것이 없으므로, 표시된 줄을 바꾸기 전에 무엇이 패킷을 그리로 보냈는지 확인하세요. `podpath trace` 명령으로 실제로 보내 볼 수 있습니다.',
  },
  CLOCKS_DIFFER: {
    message: ({ one, other, milliseconds }) =>
      `${one} 위치와 ${other} 위치의 시계가 약 ${milliseconds} ms 다릅니다`,
    remedy: () => '두 곳 사이의 시간은 보고서에서 뺐습니다. 두 노드의 chronyd 상태를 확인하세요.',
  },
  NODE_UNREACHABLE: {
    message: ({ node, because }) => `${node} 노드의 정보를 읽지 못했습니다: ${because}`,
    remedy: ({ node }) =>
      `kubectl describe node ${node} 명령으로 노드 상태를 확인하세요. 이 노드 너머의 내용은 결과에서 빠졌습니다.`,
  },
}
