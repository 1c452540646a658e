import type { FaultSentences } from '../sentences/fault-sentences.ts'

export const faults: FaultSentences['faults'] = {
  'ip-forward-off': {
    done: 'net.ipv4.ip_forward 값을 0으로 바꿉니다',
    met: '노드가 합류한 뒤에 적용되는 보안 강화 스크립트와 sysctl 파일',
  },
  'interface-forwarding-off': {
    done: '노드 쪽 veth의 forwarding 값을 0으로 바꿉니다',
    met: '인터페이스 이름을 적은 sysctl 파일과 보안 강화 스크립트',
  },
  'blackhole-route': {
    done: 'main 테이블에 상대 파드로 가는 blackhole 경로를 넣습니다',
    met: '노드에서 도는 라우팅 데몬과 VPN 클라이언트',
  },
  'unreachable-route-back': {
    done: '노드에 상대 파드의 서브넷으로 가는 unreachable 경로가 있어 그곳에서 온 패킷을 받지 않습니다',
    met: '예전에 다른 곳에서 쓰던 대역을 위한 정적 경로',
  },
  'prohibit-rule': {
    done: 'ip rule이 파드에서 상대 파드로 가는 패킷을 금지합니다',
    met: '손으로 넣은 정책 라우팅',
  },
  'foreign-rule-first': {
    done: 'main 테이블보다 앞선 ip rule이 상대 서브넷을 52번 테이블로 보내 다른 ENI로 나갑니다',
    met: '서브넷 경로를 받아들인 Tailscale, nm-cloud-setup 등 노드의 정책 라우팅',
  },
  'docker-bridge-overlap': {
    done: 'docker0 브리지가 상대 서브넷 대역을 가져 패킷이 브리지로 갑니다',
    met: 'VPC나 피어링된 네트워크와 대역이 겹치는 Docker 기본 네트워크',
  },
  'pod-route-missing': {
    done: '노드에서 파드로 가는 /32 경로를 지웁니다',
    met: 'systemd-networkd가 다시 시작하면서 자기 것이 아닌 경로를 지우는 경우',
  },
  'pod-route-wrong-veth': {
    done: '파드의 /32 경로가 다른 파드의 veth를 가리킵니다',
    met: '예전 파드의 경로가 남은 채 다시 쓰이는 주소',
  },
  'pod-rule-missing': {
    done: '파드의 ip rule 512가 없어, 나중 ENI의 파드가 보낸 패킷이 노드 밖으로 나갑니다',
    met: '파드가 시작할 때의 경쟁 상태, 그리고 자기 것이 아닌 ip rule을 지우는 도구',
  },
  'pod-address-on-node': {
    done: '노드의 첫 ENI에 파드 주소가 설정되어 파드 대신 노드가 대답합니다',
    met: '보조 주소를 인터페이스에 설정하는 ec2-net-utils와 cloud-init',
  },
  'mark-rule-missing': {
    done: 'CNI 마크를 위한 ip rule 1024가 없어 다른 ENI의 파드가 잘못된 ENI로 나갑니다',
    met: '자기 것이 아닌 ip rule을 지우는 도구',
  },
  'mark-rule-wrong-mask': {
    done: 'ip rule 1024가 0x40 마크를 찾지만 CNI는 0x80을 붙입니다',
    met: '예전 규칙이 남은 채 바뀐 AWS_VPC_K8S_CNI_CONNMARK',
  },
  'source-rule-missing': {
    done: '나중 ENI를 쓰는 파드의 ip rule 1536이 없어 eth0으로 나가고 VPC가 버립니다',
    met: 'systemd-networkd, 그리고 ENI를 붙이는 순간의 경쟁 상태',
  },
  'source-rule-stale': {
    done: '첫 ENI의 파드에 두 번째 ENI를 쓰던 예전 파드의 ip rule 1536이 남아 있습니다',
    met: '다른 ENI에서 다시 쓰이는 주소',
  },
  'source-rule-wrong-table': {
    done: '나중 ENI를 쓰는 파드의 ip rule 1536이 빈 테이블을 가리킵니다',
    met: '떼었다가 다른 순서로 다시 붙인 ENI',
  },
  'eni-default-missing': {
    done: '두 번째 ENI의 테이블에 기본 경로가 없어 그 파드들이 첫 ENI로 나갑니다',
    met: 'ENI를 붙이는 순간 테이블을 비우는 systemd-networkd',
  },
  'eni-down': {
    done: '두 번째 ENI가 down 상태이고 그 경로도 없습니다',
    met: '인터페이스를 자기 것으로 여기다가 포기하는 네트워크 관리자',
  },
  'veth-down': {
    done: '노드 쪽 veth가 down 상태이고 파드로 가는 경로도 없습니다',
    met: '네트워크 관리자, 그리고 정리하지 않은 시험',
  },
  'router-neighbour-wrong': {
    done: '노드에 VPC 라우터의 MAC 주소가 잘못 고정되어 있습니다',
    met: '이미지나 서브넷이 바뀐 뒤에도 남은 정적 ARP 항목',
  },
  'rp-filter-strict': {
    done: 'eth0의 rp_filter가 엄격해져 다른 ENI를 쓰는 파드의 응답이 버려집니다',
    met: '기본값이 1인 운영 체제와 보안 강화 스크립트',
  },
  'service-cidr-blackhole': {
    done: '노드에 서비스 대역의 blackhole 경로가 있어 노드의 프로그램이 서비스에 닿지 못합니다',
    met: '유출을 막으려는 경로와 10.0.0.0/8을 가져가는 VPN 클라이언트',
  },
  'mtu-small-icmp-blocked': {
    done: '노드의 첫 ENI의 MTU가 1500인데 이를 알리는 ICMP가 막혀 큰 패킷이 사라집니다',
    met: '점보 프레임보다 작은 경로와 ICMP를 모두 버리는 방화벽',
  },
  'forward-rule': {
    done: 'FORWARD 체인의 iptables 규칙이 파드에서 상대 파드로 가는 패킷을 버립니다',
    met: '호스트 방화벽과 보안 에이전트',
  },
  'forward-policy': {
    done: 'FORWARD 체인의 기본 정책을 DROP으로 바꿉니다',
    met: '노드에 설치된 Docker: 시작할 때 이 정책을 설정합니다',
  },
  'forward-drops-new': {
    done: 'FORWARD 체인이 첫 ENI로 들어오는 새 연결을 버립니다',
    met: '이미 맺어진 연결만 허용하는 호스트 방화벽',
  },
  'forward-drops-dns': {
    done: 'FORWARD 체인이 파드의 UDP 53번 질의를 버립니다',
    met: '지정된 리졸버를 피해 가는 DNS를 막는 규칙',
  },
  'docker-user-reject': {
    done: 'DOCKER-USER 체인이 파드의 패킷을 거절합니다',
    met: '노드의 Docker와 그 체인에 사람이 넣은 규칙',
  },
  'firewalld-reject': {
    done: 'nftables의 firewalld 테이블이 파드에서 상대로 가는 패킷을 거절합니다',
    met: '노드의 firewalld: iptables-save에는 보이지 않는 규칙',
  },
  'other-backend-drop': {
    done: '다른 방식의 iptables(legacy와 nft)에 있는 규칙이 파드에서 상대로 가는 패킷을 버립니다',
    met: '자체 iptables를 가진 에이전트, 그리고 운영 체제 업그레이드',
  },
  'ipset-member-missing': {
    done: 'ipset에 목적지가 없으면 파드의 패킷을 버리는데, 상대 주소가 빠져 있습니다',
    met: '클러스터보다 뒤처진 집합을 가진 Calico, 보안 에이전트, 스크립트',
  },
  'input-drops-pods': {
    done: 'INPUT 체인이 파드가 자기 노드로 보낸 패킷을 버립니다',
    met: '노드 주소만 알고 파드 주소는 모르는 호스트 방화벽',
  },
  'output-drops-node': {
    done: 'OUTPUT 체인이 노드가 파드로 보내는 패킷을 버려 kubelet의 프로브가 실패하게 됩니다',
    met: '노드에서 나가는 것을 제한하는 호스트 방화벽',
  },
  'raw-notrack': {
    done: 'raw 테이블의 NOTRACK 때문에 파드의 패킷이 추적되지 않아 서비스 주소가 변환되지 않습니다',
    met: '제거한 NodeLocal DNSCache, conntrack 테이블을 아끼려는 튜닝',
  },
  'snat-missing': {
    done: 'AWS-SNAT-CHAIN-0 체인으로 가는 규칙이 없어 파드가 자기 주소 그대로 인터넷으로 나갑니다',
    met: 'NAT 게이트웨이 없이 AWS_VPC_K8S_CNI_EXTERNALSNAT=true를 쓰거나 nat 테이블이 비워진 경우',
  },
  'snat-exclusion-missing': {
    done: 'AWS-SNAT-CHAIN-0 체인이 VPC 대역을 제외하지 않아 파드에게 노드 주소가 보입니다',
    met: '노드가 시작된 뒤에 VPC에 추가된 CIDR',
  },
  'snat-wrong-source': {
    done: 'aws-node의 규칙이 파드의 출발지를 어느 ENI에도 없는 주소로 바꿉니다',
    met: '다른 노드에서 만든 디스크 이미지와 부팅 때 복원되는 저장된 규칙',
  },
  'masquerade-too-broad': {
    done: 'MASQUERADE 규칙이 파드의 모든 패킷을 바꿔 상대 파드에게 노드 주소가 보입니다',
    met: 'Docker와 VPN 클라이언트의 규칙, ip-masq-agent',
  },
  'connmark-save-missing': {
    done: 'AWS-CONNMARK-CHAIN-0으로 가는 규칙이 없어 나중 ENI의 파드가 자기 ENI로 인터넷에 나갑니다',
    met: '비워진 nat 테이블과 테이블을 통째로 다시 쓰는 에이전트',
  },
  'connmark-restore-missing': {
    done: 'mangle 테이블이 CNI의 마크를 되살리지 않아 연결의 두 번째 패킷부터 다른 ENI로 나갑니다',
    met: 'mangle 테이블을 다시 쓰는 Calico, Cilium 등',
  },
  'foreign-mark-collision': {
    done: '다른 프로그램이 붙인 마크가 CNI의 0x80과 같아 파드의 패킷이 첫 ENI로 나갑니다',
    met: '서로 확인하지 않고 정한 마크 (Calico, Tailscale, VPN 클라이언트)',
  },
  'foreign-mark-cleared': {
    done: '다른 프로그램의 마크가 CNI의 마크를 덮어써 연결의 두 번째 패킷부터 다른 ENI로 나갑니다',
    met: '일부 버전의 Tailscale과 VPN 클라이언트처럼 마스크 없이 쓰는 MARK',
  },
  'foreign-mark-masquerades': {
    done: '다른 프로그램의 마크가 kube-proxy의 0x4000과 같아 상대 파드에게 노드 주소가 보입니다',
    met: '서로 확인하지 않고 정한 마크',
  },
  'metadata-redirect': {
    done: '파드의 인스턴스 메타데이터 요청이 아무도 듣지 않는 노드의 8181 포트로 갑니다',
    met: '규칙을 남긴 채 제거된 kube2iam과 kiam',
  },
  'stale-dnat': {
    done: 'DNAT 규칙이 클러스터 DNS로 가는 질의를 사라진 주소로 보냅니다',
    met: '파드가 사라진 뒤에도 남은 portmap, NodeLocal DNSCache, 스크립트의 규칙',
  },
  'services-jump-missing': {
    done: 'PREROUTING에서 KUBE-SERVICES로 가는 규칙이 없어 파드가 서비스에 닿지 못합니다',
    met: '다시 읽을 때 nat 테이블을 새로 쓰는 방화벽',
  },
  'service-chain-empty': {
    done: 'DNS 서비스의 체인이 비어 주소가 변환되지 않습니다',
    met: '쓰는 도중에 끝난 kube-proxy',
  },
  'endpoint-jump-missing': {
    done: 'DNS 서비스 체인의 마지막 규칙이 없어 그 몫의 질의가 사라집니다',
    met: '손으로 고친 체인, 그리고 다시 시작하지 못하는 kube-proxy',
  },
  'endpoint-wrong-port': {
    done: '이 노드에서 DNS 서비스가 아무도 듣지 않는 5353 포트로 이어집니다',
    met: '서비스가 바뀌는 동안 멈춰 있는 kube-proxy',
  },
  'endpoint-address-stale': {
    done: '이 노드에서 DNS 서비스가 더는 어떤 파드도 갖지 않은 주소로 이어집니다',
    met: '감시가 끊겨 EndpointSlice보다 뒤처진 kube-proxy',
  },
  'pod-default-route-missing': {
    done: '파드의 기본 경로를 지웁니다',
    met: '두 번째 네트워크 플러그인, 또는 스스로 경로를 바꾸는 컨테이너',
  },
  'pod-gateway-wrong': {
    done: '파드의 기본 경로가 아무도 갖지 않은 169.254.1.2를 가리킵니다',
    met: '두 번째 네트워크 플러그인(Multus), 또는 스스로 경로를 바꾸는 컨테이너',
  },
  'pod-service-route': {
    done: '파드에 서비스 대역의 unreachable 경로가 있습니다',
    met: '파드 안의 VPN 클라이언트와 메시',
  },
  'pod-prefix-24': {
    done: '파드의 주소가 /24라서 이웃을 링크에서 찾지만 아무도 대답하지 않습니다',
    met: 'VPC CNI 뒤에 이어지는 플러그인과 스스로 주소를 설정하는 컨테이너',
  },
  'pod-neighbour-missing': {
    done: '파드에 169.254.1.1의 고정 이웃 정보가 없고 물어도 아무도 대답하지 않습니다',
    met: '이웃 테이블을 비우는 파드 안의 프로그램',
  },
  'pod-neighbour-wrong': {
    done: '파드의 고정 이웃 정보에 적힌 MAC 주소가 veth 상대편과 다릅니다',
    met: '살아 있는 파드의 veth가 다시 만들어진 경우',
  },
  'veth-address-changed': {
    done: '노드 쪽 veth의 MAC 주소가 파드에 고정된 이웃 정보와 달라집니다',
    met: '새 운영 체제의 udev 설정 MACAddressPolicy=persistent',
  },
  'pod-link-down': {
    done: '파드의 eth0가 down 상태이고 경로와 이웃 정보도 없습니다',
    met: 'NET_ADMIN 권한을 가진 컨테이너, 온전히 복원되지 않은 체크포인트',
  },
  'pod-output-drop': {
    done: '파드 안의 OUTPUT 규칙이 상대로 가는 패킷을 버립니다',
    met: '메시의 초기화 컨테이너와 보안 사이드카',
  },
  'pod-input-drop': {
    done: '파드 안의 INPUT 규칙이 상대가 보낸 패킷을 버립니다',
    met: '메시의 초기화 컨테이너와 보안 사이드카',
  },
  'pod-redirect': {
    done: '파드 안의 OUTPUT 규칙이 모든 TCP를 아무도 듣지 않는 15001 포트로 돌립니다',
    met: '초기화 컨테이너는 끝났지만 프록시가 뜨지 않은 Istio와 Linkerd',
  },
  'pod-ignores-ping': {
    done: '파드가 핑에만 대답하지 않습니다 (icmp_echo_ignore_all)',
    met: '파드 보안 컨텍스트의 sysctl과 보안을 강화한 이미지',
  },
  'pod-resolver-wrong': {
    done: '파드의 resolv.conf에 없는 서버가 적혀 있습니다',
    met: '예전 주소를 적은 dnsPolicy None과 이 파일을 고쳐 쓰는 프로그램',
  },
  'security-group-closed': {
    done: '보안 그룹이 자기 구성원끼리의 트래픽을 더는 허용하지 않습니다',
    met: '자체 보안 그룹을 쓰는 노드 그룹, 또는 콘솔에서의 정리 작업',
  },
  'security-group-dns-missing': {
    done: '보안 그룹이 53번만 빼고 구성원끼리의 트래픽을 허용합니다',
    met: '포트를 하나씩 적으면서 DNS를 빠뜨린 노드 그룹',
  },
  'security-group-egress-closed': {
    done: '보안 그룹이 TCP 443 말고는 내보내지 않습니다',
    met: '나가는 규칙을 컨트롤 플레인에 필요한 것만 남긴 템플릿',
  },
  'second-eni-other-group': {
    done: '파드의 ENI가 첫 ENI와 다른 보안 그룹을 쓰고, 그 그룹은 파드를 허용하지 않습니다',
    met: '사용자 지정 네트워킹의 ENIConfig, 첫 ENI에서만 바꾼 그룹',
  },
  'network-acl-deny': {
    done: '네트워크 ACL이 파드의 서브넷 경계에서 상대 파드의 패킷을 거부합니다',
    met: '응답이나 새 서브넷을 빠뜨린 ACL',
  },
  'network-acl-egress-deny': {
    done: '네트워크 ACL이 파드의 서브넷에서 상대로 나가는 패킷을 거부합니다',
    met: '팀마다 나눈 서브넷 사이의 ACL',
  },
  'network-acl-no-replies': {
    done: '네트워크 ACL이 1024번 이상의 TCP 포트를 막아 응답이 돌아오지 못합니다',
    met: '상태를 기억하지 않는다는 점을 잊은 ACL',
  },
  'internet-route-missing': {
    done: '서브넷의 라우팅 테이블에 기본 경로가 없습니다',
    met: '실수로 프라이빗이 된 서브넷',
  },
  'internet-route-to-instance': {
    done: '서브넷의 기본 경로가 아무것도 전달하지 않는 인스턴스를 가리킵니다',
    met: '교체된 NAT 인스턴스와 어플라이언스',
  },
  'nat-subnet-route-missing': {
    done: 'NAT 게이트웨이의 서브넷에 인터넷 게이트웨이로 가는 경로가 없습니다',
    met: '실수로 프라이빗 서브넷에 둔 NAT 게이트웨이',
  },
  'service-selector-wrong': {
    done: 'DNS 서비스의 셀렉터에 맞는 파드가 없어 엔드포인트가 없습니다',
    met: '한쪽에서만 바꾼 레이블',
  },
  'service-target-port-wrong': {
    done: 'DNS 서비스가 파드의 5353 포트로 이어지는데 아무도 듣지 않습니다',
    met: '이미지에서는 바뀌고 서비스에서는 바뀌지 않은 포트',
  },
  'service-port-changed': {
    done: 'DNS 서비스의 포트가 53이 아니라 5353입니다',
    met: '호출하는 쪽은 그대로인데 포트를 바꾼 차트의 새 버전',
  },
  'dns-scaled-to-zero': {
    done: 'CoreDNS의 레플리카가 없습니다',
    met: 'kube-system까지 건드리는 오토스케일러와 예약 작업',
  },
  'node-port-local': {
    done: 'externalTrafficPolicy Local인 NodePort 서비스의 엔드포인트가 요청받은 노드에 없습니다',
    met: '서비스 상태를 확인하지 않는 로드 밸런서와 노드 하나만 아는 클라이언트',
  },
  'external-snat': {
    done: '퍼블릭 서브넷에서 AWS_VPC_K8S_CNI_EXTERNALSNAT가 true라서 파드가 자기 주소 그대로 인터넷으로 나갑니다',
    met: 'NAT 게이트웨이가 있는 클러스터에서 옮겨 온 설정',
  },
  'snat-excludes-internet': {
    done: 'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS가 인터넷의 일부까지 포함합니다',
    met: '피어링된 네트워크를 위해 너무 넓게 적은 대역',
  },
  'external-service-cidr-too-broad': {
    done: 'AWS_EXTERNAL_SERVICE_CIDRS가 VPC를 포함해 나중 ENI의 파드가 첫 ENI로 나갑니다',
    met: '너무 넓게 적은 대역',
  },
}
