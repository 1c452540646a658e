import type { ProgressSentences } from '../sentences/progress-sentences.ts'
import { objectName } from './object-name.ts'

export const progress: ProgressSentences = {
  labStarting: (nodes, pods) => `실습 환경을 시작합니다: 노드 ${nodes}대, 파드 ${pods}개`,
  labReady: (milliseconds) => `실습 환경이 준비되었습니다 (${milliseconds} ms)`,
  labIncomplete: (missing, line) =>
    `다음 항목 없이 시작합니다: ${missing.join('; ')}. 모두 쓰려면 먼저 실행하세요: ${line}`,
  labUnlimited:
    '이 사용자가 만들 수 있는 컨트롤 그룹이 없어 실습 환경의 메모리는 제한되지 않고, 파드의 resources.limits 값도 적용되지 않습니다 (systemd-run --user --scope podpath lab up 명령이나 root 권한으로 시작하면 적용됩니다)',
  labStopping: '실습 환경을 정리합니다',
  labGone: '실습 환경을 남김없이 정리했습니다',
  clusterReading: (name) => `${name} 클러스터를 읽습니다`,
  clusterRead: (nodes, pods) => `노드 ${nodes}대와 파드 ${pods}개를 찾았습니다`,
  deploying: (pods) => `테스트 디플로이먼트를 만듭니다: 파드 ${pods}개`,
  deploymentRemoving: '테스트 디플로이먼트를 삭제합니다',
  agentCreating: (nodes) => `노드 ${nodes}대에 에이전트를 시작합니다`,
  agentReady: (milliseconds) => `에이전트가 준비되었습니다 (${milliseconds} ms)`,
  agentRemoving: '에이전트를 삭제합니다',
  agentRemoved: '클러스터가 에이전트를 삭제하고 있습니다',
  leftBehind: ({ object, cluster, because, certain, command }) =>
    `podpath: ${cluster} 클러스터에 ${objectName(object)}${certain ? '가 남아 있습니다' : '가 남아 있을 수 있습니다'}${because === null ? '' : ` (${because})`}. 삭제 명령: ${command}`,
  sshOpening: (nodes) => `노드 ${nodes}대에 ssh로 접속합니다`,
  sshOpen: (nodes, milliseconds) => `노드 ${nodes}대에 접속했습니다 (${milliseconds} ms)`,
  sshClosing: 'ssh 연결을 닫습니다',
  sshClosed: 'ssh 연결을 닫았습니다',
  snapshotTaking: (stacks) => `네트워크 네임스페이스 ${stacks}개의 라우팅, 규칙, 이웃 정보를 읽습니다`,
  captureStarting: (stacks) => `네트워크 네임스페이스 ${stacks}개에서 tcpdump를 시작합니다`,
  captureListening: (stacks) => `네트워크 네임스페이스 ${stacks}개에서 캡처 중입니다`,
  probing: (from, to) => `프로브를 보냅니다: ${from} → ${to}`,
  probed: (received, sent) => `${sent}개 중 ${received}개 응답`,
  pairsProbed: (done, all) => `전체 ${all}쌍 중 ${done}쌍을 시험했습니다`,
  pairsPredicted: (done, all) => `전체 ${all}쌍 중 ${done}쌍을 예측했습니다`,
  askingKernels: '탐침을 더 보내면서 커널이 버리는 패킷을 듣습니다',
  following: '캡처에서 패킷을 따라갑니다',
  predicting: '라우팅과 규칙으로 경로를 예측합니다',
  comparing: '예측과 관측을 비교합니다',
  captureWritten: (file) => `캡처를 저장했습니다: ${file}`,
  reportWritten: (file) => `보고서를 저장했습니다: ${file}`,
  removalsAwaited: (n) => `오브젝트 ${n}개가 사라질 때까지 기다립니다`,
  interrupted: '중단되었습니다. 정리하는 중입니다',
  stillClearing: (seconds, objects) =>
    objects.length === 0
      ? `아직 정리하는 중입니다. ${seconds}초 뒤에 Ctrl-C를 다시 누르면 바로 끝냅니다`
      : `아직 ${objects.map(objectName).join(', ')} 삭제를 요청하는 중입니다. ${seconds}초 뒤에 Ctrl-C를 다시 누르면 남겨 두고 끝냅니다`,
  pageServed: '위 주소에서 볼 수 있습니다. 끝내려면 Ctrl-C를 누르세요',
}
