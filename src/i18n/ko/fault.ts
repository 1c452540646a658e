import { faults } from './faults.ts'
import type { FaultSentences } from '../sentences/fault-sentences.ts'

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
  show: '확인',
  heal: '복구',
  healed: (node) => `복구했습니다: ${node} 노드`,
  nothingBroken: '이 실습 환경에는 장애가 없습니다',
  exercise: {
    begun: (level) =>
      level === 3
        ? '이제 장애가 두 가지 있습니다. 무엇이 어디에 있을까요? 가능한 장애는 `podpath lab break`에 나옵니다.'
        : '이제 어딘가에 장애가 있습니다. 무엇이 어디에 있을까요? 가능한 장애는 `podpath lab break`에 나옵니다.',
    forHint: '힌트',
    forAnswer: '정답 제출',
    hint: (number, of) => `힌트 ${number}/${of}`,
    noMoreHints: '힌트를 모두 보았습니다',
    flow: (command, faults) =>
      faults > 1 ? `그중 하나는 ${command} 명령에서 보입니다` : `${command} 명령에서 보입니다`,
    place: (at, node, pod) => (at === 'pod' ? `${pod} 파드` : `${node} 노드`),
    shownBy: (pod) => `${pod} 파드에 문제가 생기지만 그 파드나 노드를 건드리지는 않았습니다`,
    met: (where) => `실제로 만나는 곳: ${where}`,
    right: (code) => `맞았습니다: ${code}`,
    wrong: (code) => `틀렸습니다: ${code} 장애는 없습니다`,
    missed: (code) => `정답은 ${code}`,
    score: ({ points, seconds, hints, questions }) =>
      `100점 만점에 ${points}점: ${Math.floor(seconds / 60)}분 ${seconds % 60}초, 힌트 ${hints}번, 실습 환경을 살펴본 횟수 ${questions}번`,
  },
}
