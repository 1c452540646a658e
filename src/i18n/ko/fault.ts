import { faults } from './faults.ts'
import type { FaultSentences } from '../fault-sentences.ts'

export const fault: FaultSentences = {
  title: '일으킬 수 있는 장애',
  rooms: {
    'node-routing': '노드: 인터페이스, 경로, 정책 규칙',
    'node-netfilter': '노드: iptables, nftables, ipset',
    'node-services': '노드: kube-proxy의 규칙',
    pod: '파드',
    vpc: 'VPC',
    kubernetes: 'Kubernetes',
    settings: 'aws-node의 환경 변수',
  },
  faults,
  broke: (node, pod) => `장애를 일으켰습니다: ${node} 노드, ${pod} 파드`,
  brokeSecretly: '이제 어딘가에 장애가 있습니다. 어느 홉의 어느 줄일까요?',
  show: '확인',
  heal: '복구',
  healed: (node) => `복구했습니다: ${node} 노드`,
  nothingBroken: '이 실습 환경에는 장애가 없습니다',
}
