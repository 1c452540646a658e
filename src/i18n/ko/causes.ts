import type { CauseFacts, CauseSentences } from '../facts/cause-facts.ts'

const hand = ({ author }: CauseFacts): string => (author === '' ? '' : `; 형태로 보아 작성자: ${author}`)

export const causes: CauseSentences = {
  codes: {
    POD_ROUTE_MISSING: ({ at, missing }) =>
      `노드 ${at} 위치에 파드로 가는 경로가 없습니다: VPC CNI가 쓰는 "${missing}" 항목이 main 테이블에 없습니다`,
    POD_ROUTE_WRONG: ({ at, by, missing }) =>
      `노드 ${at} 위치의 파드 경로가 다릅니다: 현재 "${by}", 올바른 항목 "${missing}"`,
    POD_RULE_MISSING: ({ at, missing }) =>
      `노드 ${at} 위치에 "${missing}" 규칙이 없습니다: 파드로 가는 패킷이 다른 테이블로 라우팅됩니다`,
    POD_RULE_WRONG: ({ at, by, missing }) =>
      `노드 ${at} 위치의 파드 규칙이 다릅니다: 현재 "${by}", 올바른 항목 "${missing}"`,
    POD_LINK_DOWN: ({ at, by }) =>
      `노드 ${at} 위치의 파드 veth 끝이 내려가 있고, 커널이 파드 경로도 함께 지웠습니다: ${by}`,
    POD_ADDRESS_ON_NODE: ({ at, by }) =>
      `노드 ${at} 자신이 파드의 주소를 갖고 있어, 파드로 가는 패킷을 스스로 받습니다: ${by}`,
    DEFAULT_ROUTE_MISSING: ({ at, missing }) =>
      `${at} 위치에 기본 경로가 없습니다: "${missing}" 항목이 없습니다`,
    DEFAULT_ROUTE_WRONG: ({ at, by, missing }) =>
      `${at} 위치의 기본 경로가 다릅니다: 현재 "${by}", 올바른 항목 "${missing}"`,
    GATEWAY_ROUTE_MISSING: ({ at, missing }) =>
      `${at} 위치에서 게이트웨이에 닿지 않습니다: "${missing}" 경로가 없습니다`,
    GATEWAY_NEIGHBOUR_WRONG: ({ at, by, missing }) =>
      `${at} 위치가 아무도 갖지 않은 MAC 주소로 보냅니다: 이웃 항목 "${by}", 노드 쪽 끝의 올바른 항목 "${missing}"`,
    ROUTER_NEIGHBOUR_WRONG: ({ at, by }) =>
      `VPC 안의 이웃에 고정 MAC 주소가 노드 ${at} 위치에 적혀 있습니다. ARP 응답은 VPC가 스스로 합니다: ${by}`,
    SOURCE_RULE_MISSING: ({ at, missing }) =>
      `노드 ${at} 위치에 "${missing}" 규칙이 없습니다: 그 파드의 패킷이 주소를 가진 ENI가 아닌 다른 ENI로 나갑니다`,
    SOURCE_RULE_WRONG: ({ at, by, missing }) =>
      `노드 ${at} 위치의 규칙이 다릅니다: 현재 "${by}", 올바른 항목 "${missing}". 그 파드의 패킷이 주소를 가진 ENI가 아닌 다른 ENI로 나갑니다`,
    SOURCE_RULE_STALE: ({ at, by }) =>
      `노드 ${at} 위치의 "${by}" 규칙은 이전 파드의 것입니다: 패킷을 그 주소가 없는 ENI로 보냅니다`,
    POD_RULE_STALE: ({ at, by }) => `노드 ${at} 위치의 "${by}" 규칙은 없는 파드의 것입니다`,
    MARK_RULE_MISSING: ({ at, missing }) =>
      `노드 ${at} 위치에 "${missing}" 규칙이 없습니다: 노드가 출발지를 바꾼 패킷이 기본 ENI가 아닌 ENI로 나갑니다`,
    MARK_RULE_WRONG: ({ at, by, missing }) =>
      `노드 ${at} 위치의 규칙이 다릅니다: 현재 "${by}", 올바른 항목 "${missing}". 노드가 출발지를 바꾼 패킷이 기본 ENI가 아닌 ENI로 나갑니다`,
    ENI_RULE_MISSING: ({ at, missing }) =>
      `노드 ${at} 위치에 "${missing}" 규칙이 없습니다: 그 ENI 주소에서 보낸 패킷이 다른 ENI로 나갑니다`,
    ENI_RULE_WRONG: ({ at, by, missing }) =>
      `노드 ${at} 위치의 규칙이 다릅니다: 현재 "${by}", 올바른 항목 "${missing}". 그 ENI 주소에서 보낸 패킷이 다른 ENI로 나갑니다`,
    ENI_ROUTE_MISSING: ({ at, missing }) =>
      `노드 ${at} 위치에 "${missing}" 경로가 없습니다: 그 ENI의 테이블이 아무 데로도 이어지지 않습니다`,
    ENI_ROUTE_WRONG: ({ at, by, missing }) =>
      `노드 ${at} 위치의 경로가 다릅니다: 현재 "${by}", 올바른 항목 "${missing}"`,
    SERVICE_CIDR_RULE_MISSING: ({ at, missing }) =>
      `노드 ${at} 위치에 AWS_EXTERNAL_SERVICE_CIDRS 설정에 따른 "${missing}" 규칙이 없습니다`,
    SERVICE_CIDR_TOO_BROAD: ({ at, by, missing }) =>
      `노드 ${at} 위치의 AWS_EXTERNAL_SERVICE_CIDRS 설정이 다른 클러스터의 서비스보다 넓은 범위를 main 테이블로 보냅니다: "${by}" 규칙이 없으면 도착합니다 (${missing})`,
    KERNEL_RULE_MISSING: ({ at, missing }) =>
      `${at} 위치에 커널 자체의 "${missing}" 규칙이 없습니다: 그 테이블을 조회하지 않습니다`,
    ROUTE_FOREIGN: (facts) =>
      `${facts.at} 위치의 "${facts.by}" 경로는 VPC CNI나 시스템이 쓰는 것이 아닙니다${hand(facts)}`,
    RULE_FOREIGN: (facts) =>
      `${facts.at} 위치의 "${facts.by}" 규칙은 VPC CNI나 시스템이 쓰는 것이 아닙니다${hand(facts)}`,
    LINK_DOWN: ({ at, by }) => `${at} 위치의 인터페이스가 내려가 있습니다: ${by}`,
    IP_FORWARD_OFF: ({ at, by }) => `노드 ${at} 위치가 패킷을 전달하지 않습니다: ${by}`,
    RP_FILTER_STRICT: ({ at, by, missing }) =>
      `${at} 위치의 역방향 경로 필터가 응답을 버립니다: ${by}${missing === '' ? '' : ` (VPC CNI 설정값: ${missing})`}`,
    SNAT_MISSING: ({ at, missing }) =>
      missing.startsWith('AWS_VPC_K8S_CNI_')
        ? `노드 ${at} 위치가 파드 패킷의 출발지를 바꾸지 않습니다. aws-node 설정 때문이며, ${missing} 값이면 바꿉니다`
        : `노드 ${at} 위치가 파드 패킷의 출발지를 바꾸는 규칙이 올바르지 않습니다: "${missing}" 항목이 없습니다`,
    SNAT_WRONG: ({ at, by, missing }) =>
      missing === ''
        ? `노드 ${at} 위치의 출발지 NAT 규칙 가운데 "${by}" 항목은 VPC CNI의 것이 아닙니다`
        : `노드 ${at} 위치의 출발지 NAT 규칙이 다릅니다: 현재 "${by}", 올바른 항목 "${missing}"`,
    CONNECTION_MARK_WRONG: ({ at, by, missing }) =>
      `노드 ${at} 위치의 연결 표시(connmark)가 VPC CNI 설정과 다릅니다: ${missing === '' ? `"${by}" 항목은 VPC CNI의 것이 아닙니다` : `"${missing}" 항목이 없습니다`}`,
    KUBE_PROXY_RULE_MISSING: ({ at, missing }) => `노드 ${at} 위치에 kube-proxy 규칙이 없습니다: ${missing}`,
    KUBE_PROXY_RULE_WRONG: ({ at, by, missing }) =>
      `노드 ${at} 위치의 kube-proxy 규칙이 클러스터의 Service, EndpointSlice 내용과 다릅니다: 현재 "${by}"${missing === '' ? ' (없어야 하는 항목)' : `, 올바른 항목 "${missing}"`}`,
    CHAIN_POLICY_DROP: (facts) =>
      `${facts.at} 위치의 체인 기본 정책이 패킷을 버립니다: ${facts.by}${hand(facts)}`,
    IPTABLES_RULE_FOREIGN: (facts) =>
      `${facts.at} 위치의 iptables 규칙은 Kubernetes나 VPC CNI의 것이 아닙니다: ${facts.by}${hand(facts)}`,
    NFT_TABLE_FOREIGN: (facts) =>
      `${facts.at} 위치의 nftables 테이블은 Kubernetes나 VPC CNI의 것이 아닙니다: ${facts.by}${hand(facts)}`,
    FILTER_RULE_DROPS: (facts) => `${facts.at} 위치의 규칙이 그렇게 정합니다: ${facts.by}${hand(facts)}`,
    CONNECTION_STALE: ({ at, by }) =>
      `${at} 위치가 오래된 연결을 기억하고 새 연결의 패킷을 그에 따라 변환합니다: ${by}`,
    REDIRECT_TO_NOBODY: (facts) =>
      `${facts.at} 안의 규칙이 연결을 아무도 듣지 않는 포트로 돌려, 밖으로 나가지 않습니다: ${facts.by}${hand(facts)}`,
    ECHO_IGNORED: ({ at, by }) => `${at} 위치가 echo 요청에 답하지 않습니다: ${by}`,
    MTU_TOO_SMALL: ({ at, by }) => `패킷이 ${at} 위치에서 너무 큽니다: ${by}`,
    SECURITY_GROUP_CLOSED: ({ at, by }) => `${at} 위치의 보안 그룹이 통과시키지 않습니다: ${by}`,
    NETWORK_ACL_DENIES: ({ at, by }) => `${at} 위치의 네트워크 ACL이 거부합니다: ${by}`,
    VPC_ROUTE_MISSING: ({ at, missing }) =>
      `${at} 위치의 라우팅 테이블에 그곳으로 가는 경로가 없습니다. 가능한 항목: "${missing}"`,
    VPC_ROUTE_WRONG: ({ at, by, missing }) =>
      `${at} 위치의 경로가 더 갈 수 없는 곳을 가리킵니다: 현재 "${by}", 길이 되는 항목 "${missing}"`,
    VPC_ROUTE_BLACKHOLE: ({ at, by }) => `${at} 위치의 경로가 없어진 대상을 가리킵니다: ${by}`,
    NAT_SUBNET_WITHOUT_EXIT: ({ at, by, missing }) =>
      `${at}의 NAT 게이트웨이가 있는 서브넷에 인터넷으로 나가는 길이 없음 ("${by}"): ${missing}에는 있음`,
    METADATA_HOP_LIMIT: ({ at, by }) =>
      `인스턴스 메타데이터 서비스의 토큰이 노드에서 한 홉 뒤에 있는 ${at}까지 오지 못함: ${by}`,
    SOURCE_DEST_CHECK: ({ at, by }) =>
      `${at} 위치의 원본/대상 확인이 그 ENI에 없는 출발지의 패킷을 버립니다: ${by}`,
    NETWORK_POLICY_DENIES: ({ by }) => `NetworkPolicy가 허용하지 않습니다: ${by}`,
    SERVICE_PORT_MISSING: ({ by, missing }) => `서비스에 그 포트가 없습니다: 요청 ${missing}, ${by}`,
    SERVICE_WITHOUT_ENDPOINTS: ({ by, missing }) =>
      `${by} 항목에 엔드포인트가 없어 kube-proxy가 거부합니다. 필요한 것: ${missing}`,
    SERVICE_WITHOUT_LOCAL_ENDPOINTS: ({ at, by, missing }) =>
      `노드 ${at} 위치에 서비스 ${missing} 뒤의 파드가 없고 externalTrafficPolicy 값이 Local이라, kube-proxy가 밖에서 온 패킷을 그곳에서 버립니다: ${by}`,
    ADDRESS_OF_NOBODY: ({ by }) => `주소 ${by} 항목을 가진 ENI나 파드가 없습니다`,
    ADDRESS_NOT_ON_NODE: ({ at, by, missing }) =>
      `링크 로컬 주소 ${by} 항목이 노드 ${at} 위치에 없습니다. 이 주소는 노드 밖으로 나가지 않습니다${missing === '' ? '' : `. 이 주소를 주는 프로그램이 노드에서 실행되고 있지 않습니다: ${missing}`}`,
    IPV6_MISSING: ({ at, by }) => `${at} 위치에 IPv6 주소가 없어 ${by} 주소로 가는 길이 없습니다`,
    TARGET_PORT_WRONG: ({ by, missing }) =>
      `서비스 ${by} 값은 파드에 없는 포트를 가리킵니다${missing === '' ? '' : `. 파드의 포트: ${missing}`}`,
    ADDRESS_TWICE: ({ by, missing }) => `${by} 주소를 여러 파드가 가지고 있습니다: ${missing}`,
    SUBNET_FULL: ({ by }) => `서브넷에 남은 주소가 없어 새 파드가 주소를 받지 못합니다. 사용 중: ${by}`,
    CONNTRACK_FULL: ({ at, by, missing }) =>
      `${at} 노드의 연결 테이블이 가득 차서 새 연결이 버려집니다: 항목 ${missing}개, ${by}`,
    IPTABLES_MIXED: ({ at, by }) =>
      `${at} 노드에는 iptables 백엔드 둘 다 VPC CNI나 kube-proxy의 규칙이 있으며, 무엇이 먼저 실행될지는 알 수 없습니다: ${by}`,
    POLICY_NOT_ENFORCED: ({ by }) =>
      `NetworkPolicy ${by} 객체는 아무 일도 하지 않습니다. aws-node에 켜진 네트워크 정책 에이전트가 없고 달리 집행하는 프로그램도 없습니다`,
    CNI_FAULT_KNOWN: ({ at, by, missing }) =>
      `${at} 노드에서 ${by} 버전이 nftables 모드의 kube-proxy와 함께 실행됩니다. ${missing} 버전 전에는 보조 ENI의 파드가 때때로 서비스에 닿지 못합니다(amazon-vpc-cni-k8s #3563)`,
    SEVERAL_LINES: ({ at, by, missing }) =>
      `${at} 위치의 여러 줄이 올바르지 않습니다. 첫 번째: ${missing === '' ? by : missing}`,
  },
  authors: {
    'vpc-cni': 'VPC CNI',
    'earlier-vpc-cni': 'VPC CNI (이전 파드용)',
    'kube-proxy': 'kube-proxy',
    kubelet: 'kubelet',
    docker: 'Docker',
    firewalld: 'firewalld',
    ufw: 'ufw',
    calico: 'Calico',
    cilium: 'Cilium',
    flannel: 'Flannel',
    istio: 'Istio',
    linkerd: 'Linkerd',
    kube2iam: 'kube2iam 또는 kiam',
    'node-local-dns': 'NodeLocal DNSCache',
    tailscale: 'Tailscale',
    portmap: 'CNI portmap 플러그인',
    'network-manager': 'nm-cloud-setup',
    libvirt: 'libvirt',
    unknown: '',
  },
  together: (count) => `${count}개의 변경을 함께 해야 고쳐지며, 하나만으로는 되지 않습니다.`,
  onNode: (node) => `노드 ${node} 위치에서 root로:`,
  anywhere: '변경 권한으로:',
  owner: '또는 다시 쓰게 하려면:',
  undo: '되돌리려면:',
  weakens:
    '이 변경은 보호를 약하게 할 뿐입니다: 있어야 할 것과 다른 줄로는 설명되지 않으므로 읽지 못한 것부터 확인하세요.',
  deliberate: '누군가 의도적으로 정한 것이며, 고장이 아니라 정책으로 알립니다.',
  noCommand: '그것만으로 고치는 명령은 알려져 있지 않습니다.',
  none: (tried) =>
    tried === 0
      ? '시도할 것이 없었습니다: 결정하는 것을 읽지 못했습니다.'
      : `시도한 ${tried}개의 변경 가운데 통과시키는 것이 없습니다.`,
  notRead: (at, what, because) => `${at}: ${what} 판단하지 못함 (${because})`,
  flows: (count, of) => `${of}개 흐름 가운데 ${count}개를 막음`,
  statements: (count) => `이 때문에 성립하지 않는 문장 ${count}개`,
  pairs: (count, of) => `${of}개 쌍 가운데 ${count}개를 막음`,
  misleads: (count, of) => `${of}개 쌍 가운데 ${count}개를 다른 길로 보냄`,
  effect: (opens, closes, moves) =>
    `살펴본 쌍 가운데 이 변경으로 열리는 것 ${opens}개, 닫히는 것 ${closes}개, 다른 길로 가는 것 ${moves}개입니다.`,
  effectless: '살펴본 쌍 가운데 다른 변화는 없습니다.',
  harmless: '살펴본 쌍을 막지는 않습니다.',
  misled: '패킷은 도착하지만, 의도와 다른 길로 가거나 다른 주소를 씁니다.',
}
