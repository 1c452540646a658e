import type { CommandSentences } from '../sentences/command-sentences.ts'

export const command: CommandSentences = {
  usage: {
    wholeNumber: (option, text, least, most) =>
      `${option} ${text}: ${least} 이상 ${most} 이하의 정수를 지정하세요`,
    quantity: (option, text) => `${option} ${text}: 256Mi처럼 Kubernetes의 수량으로 지정하세요`,
    kubernetesName: (option, text) => `${option} ${text}: 영문 소문자, 숫자, 하이픈으로 된 이름을 지정하세요`,
    size: (option, text, least, most) =>
      `${option} ${text}: 크기를 ${least}m 이상, 이 컴퓨터의 메모리인 ${most}m 이하로 지정하세요`,
    instanceType: (text, known) =>
      `--instance-type ${text}: 실습 환경이 아는 인스턴스 유형은 다음과 같습니다: ${known.join(', ')}`,
    protocol: (text) => `--protocol ${text}: icmp, tcp, udp 또는 IANA 번호를 지정하세요`,
    contradict: (one, other) => `${one}, ${other} 옵션은 서로 모순됩니다. 하나만 지정하세요`,
    exclude: (options) => `${options.join(', ')} 옵션은 함께 쓸 수 없습니다. 하나만 지정하세요`,
    twoClusters:
      '--lab 옵션과 --context 또는 --kubeconfig 옵션이 서로 다른 클러스터를 가리킵니다. 하나만 지정하세요',
    nodeBesideBundle: '--node 옵션과 --bundle 옵션은 둘 다 기록된 자료를 뜻하므로 하나만 지정하세요',
    nodeFiles: (word) => `--node ${word}: 노드 이름과 붙여 넣은 파일을 NAME=FILE 형식으로 지정하세요`,
    clusterBesideBundle: '--bundle 옵션은 저장된 스냅샷을 뜻하므로 클러스터를 함께 지정할 수 없습니다',
    assumptionWithoutBundle:
      '--assume-vpc 옵션은 --bundle 옵션과 함께 씁니다. 클러스터에서는 VPC를 직접 읽습니다',
    flowsWithoutBundle: '--flows 옵션에는 저장된 스냅샷이 필요합니다: --bundle PATH',
    unreadableFlows: (file, because) => `--flows ${file}: ${because}`,
    twoEndpoints: '출발지와 목적지를 모두 지정하세요: podpath explain FROM TO (podpath explain --help 참고)',
    probeProtocol: (protocol) =>
      `--probe 옵션은 icmp 또는 tcp 패킷을 보냅니다. 응답이 없는 ${protocol} 데이터그램은 아무것도 증명하지 못합니다`,
    probePort: '--probe --protocol tcp 옵션에는 파드가 듣는 포트가 필요합니다: --port N',
    probeBundle: '--probe 옵션에는 클러스터가 필요합니다. 저장된 스냅샷에서는 패킷을 보낼 수 없습니다',
    nothingToChange:
      '바꿀 것이 없습니다. --apply, --set-env, --run, --aws, --cure 중 하나나 --before와 --after를 지정하세요',
    bothSnapshots: '--before와 --after는 함께 써야 하며 다른 변경이나 --bundle과는 같이 쓸 수 없습니다',
    runWithoutNode: '--run 옵션에는 --on NODE가 필요합니다',
    nodeWithoutRun: '--on 옵션은 --run을 실행할 곳입니다. --run을 지정하세요',
    twoOnOutput: '--json, --out - 옵션이 모두 표준 출력에 쓰려고 합니다. 하나만 쓰거나 파일을 지정하세요',
    captureAtTerminal:
      '--out - 옵션은 터미널에 보일 수 없는 pcapng 데이터를 씁니다. Wireshark에 파이프로 넘기거나 파일을 지정하세요',
    inputIsDirectory: '표준 입력이 디렉터리입니다. 파일이나 파이프, </dev/null 중에서 지정하세요',
    agentBySsh: (option) =>
      `${option}, --via ssh 옵션은 함께 쓸 수 없습니다. ssh로는 에이전트를 쓰지 않습니다`,
    sshFileForLab: (option) =>
      `${option} 옵션은 실습 환경에 쓸 수 없습니다. 배스천 호스트에 전용 키와 설정, 호스트 키가 있습니다`,
    needsSsh: (option) => `${option} 옵션은 --via ssh 옵션과 함께 씁니다`,
    pullSecret:
      '--agent-pull-secret 옵션은 --agent-namespace NAME 옵션과 함께 씁니다. podpath가 만드는 네임스페이스에는 시크릿이 없습니다',
    nodeSelector: (text) => `--node-selector ${text}: 레이블을 KEY=VALUE 형식으로, 쉼표로 나누어 지정하세요`,
    sshUser: (text) => `--ssh-user ${JSON.stringify(text)}: 사용자 이름이 아닙니다`,
    sshJump: (text) =>
      `--ssh-jump ${JSON.stringify(text)}: [USER@]HOST[:PORT] 형식으로, 쉼표로 나누어 지정하세요`,
    unreadable: (option, path) => `${option}: ${path} 파일을 읽을 수 없습니다`,
    notEmpty: (directory) => `--out ${directory}: 비어 있지 않습니다. 새 디렉터리를 지정하세요`,
    unwritable: (what, because) => `${what}: ${because}`,
    portTaken: (port) =>
      `--port ${port}: 이미 쓰이는 포트입니다. 다른 포트를 지정하거나, 옵션을 빼면 비어 있는 포트를 씁니다`,
    portRefused: (port) => `--port ${port}: 아무나 쓸 수 없는 포트입니다. 1023보다 큰 포트를 지정하세요`,
    noPage: '웹 페이지가 빌드되지 않았습니다: npm run build',
    alreadyBroken: (code, heal) => `${code} 장애는 이미 있습니다. 복구: \`${heal}\``,
    noExercise: (start) => `이 실습 환경에서 풀고 있는 문제가 없습니다. 시작: \`${start}\``,
    exerciseRuns: (heal) => `이 실습 환경에서 이미 문제를 풀고 있습니다. 그만두기: \`${heal}\``,
    randomAndNamed: (code) => `--random과 ${code} 중 하나만 쓸 수 있습니다`,
    notInSubnets: (code, subnets) =>
      subnets === 'private'
        ? `${code}: NAT 게이트웨이 뒤에서는 아무것도 실패하지 않습니다. 이 실습 환경의 서브넷은 프라이빗 서브넷입니다`
        : `${code}: 프라이빗 서브넷이 있는 실습 환경(podpath lab up --subnets private)에서만 일으킬 수 있습니다. 이 실습 환경의 서브넷은 퍼블릭 서브넷입니다`,
    noVictim: (code, because) => `${code}: ${because}`,
  },
  noVictim: {
    'no-pod': ({ pod }) =>
      `준비된 ${pod === null ? '' : `${pod} `}파드가 없습니다. podpath lab status 명령으로 확인하세요`,
    'no-later-eni': () =>
      '주소가 두 번째 ENI에 있는 파드가 필요합니다. kubectl scale deploy netshoot-pod --replicas=21 명령으로 만들 수 있습니다',
    'none-suits': () => '이 실습 환경에 알맞은 파드가 없거나, 통신할 상대 파드가 다른 노드에 없습니다',
  },
  stillBroken: (code, because) => `${code} 장애가 아직 남아 있습니다: ${because}`,
  runNotKept: (because) => `실행 기록을 저장하지 못했습니다: ${because}`,
  runsNotKept: (because) => `실행 기록을 저장하거나 보여 줄 수 없습니다: ${because}`,
  browserNotOpened: (because) => `브라우저를 열지 못했습니다: ${because}`,
  openAddress: '출력된 주소를 여세요',
  read: {
    kinds: {
      link: '인터페이스와 주소 (ip addr 출력)',
      'brief-link': '인터페이스와 주소 (ip -br 출력)',
      route: '경로 (ip route 출력)',
      'kernel-table': '경로 (route -n 출력)',
      rule: '정책 규칙 (ip rule 출력)',
      neighbour: '이웃 (ip neigh 출력)',
      arp: '이웃 (arp 출력)',
      'iptables-save': 'iptables 규칙 (iptables-save 출력)',
      'iptables-rules': 'iptables 규칙 (iptables -S 출력)',
      'iptables-list': 'iptables 규칙 (iptables -L 출력)',
      nft: 'nftables 규칙 (nft list ruleset 출력)',
      ipset: '집합 (ipset save 출력)',
      sysctl: '커널 매개변수 (sysctl 출력)',
      conntrack: '연결 (conntrack -L 출력)',
      ifconfig: '인터페이스 (ifconfig 출력)',
      'pods-wide': '파드 (kubectl get pod -o wide 출력)',
      'pods-object': '파드 (kubectl get pod -o yaml 또는 json 출력)',
      unknown: '사용하지 않음',
    },
    table: (name) => `테이블 ${name}`,
    nothing: '인식한 내용이 없습니다',
  },
  badFlows: (file, lines) => `--flows ${file}: 플로가 아닌 줄 ${lines}개`,
  exported: (files, directory) =>
    `파일 ${files}개를 ${directory} 디렉터리에 저장했습니다. README.md 파일부터 읽으세요`,
  notRecorded: (what, at, because) => `기록하지 못했습니다: ${at}: ${what}: ${because}`,
  recorded: (stacks, directory) => `네트워크 스택 ${stacks}개를 ${directory} 디렉터리에 기록했습니다`,
  recordedInPart: (unread, nodes) =>
    `일부만 기록했습니다: 노드 ${nodes}개 가운데 ${unread}개를 읽지 못했으며, 그 노드를 지나는 경로는 알 수 없게 됩니다`,
  manyNodes: (nodes) => `노드 ${nodes}개에 podpath의 파드를 하나씩 만들고, 끝나면 지웁니다. 계속할까요?`,
  systemReasons: {
    EACCES: '권한이 없습니다',
    EPERM: '허용되지 않는 작업입니다',
    ENOENT: '파일이나 디렉터리가 없습니다',
    ENOTDIR: '디렉터리가 아닙니다',
    EISDIR: '디렉터리입니다',
    EEXIST: '이미 있습니다',
    ENOTEMPTY: '디렉터리가 비어 있지 않습니다',
    ENOSPC: '저장 공간이 없습니다',
    EDQUOT: '디스크 할당량을 넘었습니다',
    EFBIG: '파일이 너무 큽니다',
    EROFS: '읽기 전용 파일 시스템입니다',
    EIO: '입출력 오류가 났습니다',
    ELOOP: '심볼릭 링크가 너무 많이 이어집니다',
    ENAMETOOLONG: '이름이 너무 깁니다',
    EMFILE: '이 프로세스가 연 파일이 너무 많습니다',
    ENFILE: '시스템에 열린 파일이 너무 많습니다',
    ENOMEM: '메모리가 부족합니다',
    EPIPE: '읽는 쪽이 닫혔습니다',
    ETXTBSY: '실행 중인 파일입니다',
  },
}
