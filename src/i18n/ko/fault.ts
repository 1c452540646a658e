import type { FaultSentences } from '../sentences/fault-sentences.ts'

export const fault: FaultSentences = {
  title: '일으킬 수 있는 장애',
  faults: {
    'forward-rule': {
      done: 'FORWARD 체인의 iptables 규칙이 파드에서 상대 파드로 가는 패킷을 버립니다',
      met: '호스트 방화벽과 보안 에이전트',
    },
    'forward-policy': {
      done: 'FORWARD 체인의 기본 정책을 DROP으로 바꿉니다',
      met: '노드에 설치된 Docker: 시작할 때 이 정책을 설정합니다',
    },
    'ip-forward-off': {
      done: 'net.ipv4.ip_forward 값을 0으로 바꿉니다',
      met: '노드가 합류한 뒤에 적용되는 보안 강화 스크립트와 sysctl 파일',
    },
    'blackhole-route': {
      done: 'main 테이블에 상대 파드로 가는 blackhole 경로를 넣습니다',
      met: '노드에서 도는 라우팅 데몬과 VPN 클라이언트',
    },
    'prohibit-rule': {
      done: 'ip rule이 파드에서 상대 파드로 가는 패킷을 금지합니다',
      met: '손으로 넣은 정책 라우팅',
    },
    'pod-route-missing': {
      done: '노드에서 파드로 가는 /32 경로를 지웁니다',
      met: 'systemd-networkd가 다시 시작하면서 자기 것이 아닌 경로를 지우는 경우',
    },
    'pod-default-route-missing': {
      done: '파드의 기본 경로를 지웁니다',
      met: '두 번째 네트워크 플러그인, 또는 스스로 경로를 바꾸는 컨테이너',
    },
    'veth-address-changed': {
      done: '노드 쪽 veth의 MAC 주소가 파드에 고정된 이웃 정보와 달라집니다',
      met: '새 운영 체제의 udev 설정 MACAddressPolicy=persistent',
    },
    'snat-missing': {
      done: 'AWS-SNAT-CHAIN-0 체인으로 가는 규칙이 없어 파드가 자기 주소 그대로 인터넷으로 나갑니다',
      met: 'NAT 게이트웨이 없이 AWS_VPC_K8S_CNI_EXTERNALSNAT=true를 쓰거나 nat 테이블이 비워진 경우',
    },
    'snat-exclusion-missing': {
      done: 'AWS-SNAT-CHAIN-0 체인이 VPC 대역을 제외하지 않아 파드에게 노드 주소가 보입니다',
      met: '노드가 시작된 뒤에 VPC에 추가된 CIDR',
    },
    'rp-filter-strict': {
      done: 'eth0의 rp_filter가 엄격해져 다른 ENI를 쓰는 파드의 응답이 버려집니다',
      met: '기본값이 1인 운영 체제와 보안 강화 스크립트',
    },
    'mark-rule-missing': {
      done: 'CNI 마크를 위한 ip rule 1024가 없어 다른 ENI의 파드가 잘못된 ENI로 나갑니다',
      met: '자기 것이 아닌 ip rule을 지우는 도구',
    },
    'source-rule-missing': {
      done: '나중 ENI를 쓰는 파드의 ip rule 1536이 없어 eth0으로 나가고 VPC가 버립니다',
      met: 'systemd-networkd, 그리고 ENI를 붙이는 순간의 경쟁 상태',
    },
    'source-rule-stale': {
      done: '첫 ENI의 파드에 두 번째 ENI를 쓰던 예전 파드의 ip rule 1536이 남아 있습니다',
      met: '다른 ENI에서 다시 쓰이는 주소',
    },
    'security-group-closed': {
      done: '보안 그룹이 자기 구성원끼리의 트래픽을 더는 허용하지 않습니다',
      met: '자체 보안 그룹을 쓰는 노드 그룹, 또는 콘솔에서의 정리 작업',
    },
    'network-acl-deny': {
      done: '네트워크 ACL이 파드의 서브넷 경계에서 상대 파드의 패킷을 거부합니다',
      met: '응답이나 새 서브넷을 빠뜨린 ACL',
    },
    'internet-route-missing': {
      done: '서브넷의 라우팅 테이블에 기본 경로가 없습니다',
      met: '실수로 프라이빗이 된 서브넷',
    },
  },
  broke: (node, pod) => `장애를 일으켰습니다: ${node} 노드, ${pod} 파드`,
  brokeSecretly: '이제 어딘가에 장애가 있습니다. 어느 홉의 어느 줄일까요?',
  show: '확인',
  heal: '복구',
  healed: (node) => `복구했습니다: ${node} 노드`,
  nothingBroken: '이 실습 환경에는 장애가 없습니다',
}
