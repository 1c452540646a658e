import type { LabSentences } from '../sentences/lab-sentences.ts'

const part: LabSentences['part'] = ({ kind, name }) => {
  switch (kind) {
    case 'node':
      return `${name} 노드`
    case 'bastion':
      return '배스천 호스트'
    case 'internet':
      return `인터넷(${name})`
    case 'sshd':
      return `${name} 노드의 sshd 프로세스`
    case 'frame':
      return '네임스페이스를 붙들고 있는 프로세스'
  }
}

const anew = (option: string): string =>
  `\`podpath lab down${option}\`, \`podpath lab up${option}\` 명령으로 새로 시작하세요`

const cure = (option: string | null): string => (option === null ? '명령을 다시 실행하세요' : anew(option))

export const lab: LabSentences = {
  part,
  status: {
    none: '떠 있는 실습 환경이 없습니다. `podpath lab up` 명령으로 시작하세요',
    starting: (name, pid) => `${name}  시작하는 중  프로세스 ${pid}`,
    upSince: (created) => `시작 ${created}`,
    process: (pid) => `프로세스 ${pid}`,
    seed: (seed) => `씨앗 값 ${seed}`,
    privateSubnets: '프라이빗 서브넷',
    prefixDelegation: '프리픽스 위임',
    silent: (option) => `응답이 없습니다. ${anew(option)}`,
    ended: (what, at, option) => `온전하지 않습니다. 종료됨: ${what}, ${at}. ${anew(option)}`,
    stopped: (what, at, option) => `온전하지 않습니다. 정지됨(SIGSTOP): ${what}, ${at} 확인. ${anew(option)}`,
    returning: (what, at) => `종료되어 다시 시작하는 중: ${what}, ${at}`,
    broughtBack: (what, at, restarts) => `종료된 뒤 다시 실행 중: ${what}, ${at} (다시 시작 ${restarts}번)`,
    node: '노드',
    pod: '파드',
    ready: '준비됨',
    notReady: (because) => `준비 안 됨${because === null ? '' : ` (${because})`}`,
    broken: (since, what, option) =>
      `장애 발생 ${since}: ${what.node} 노드의 ${what.code}. 복구: podpath lab heal${option}`,
    exercise: (since, level, option) =>
      `${level}단계 문제를 푸는 중입니다 (시작 ${since}): podpath lab hint${option}, podpath lab solve FAULT${option}`,
  },
  greeting: (name, bastion) =>
    `${name} 실습 환경의 배스천 호스트(${bastion})입니다. \`exit\` 명령으로 나가도 실습 환경은 그대로 있습니다.`,
  problems: {
    'already-up': ({ name, option }) =>
      `${name} 실습 환경은 이미 떠 있습니다. 끝내려면 \`podpath lab down${option}\` 명령을, 하나 더 띄우려면 \`--name\` 옵션을 쓰세요`,
    'not-up': ({ name, option }) =>
      `${name} 실습 환경이 떠 있지 않습니다. \`podpath lab up${option}\` 명령으로 시작하세요`,
    'no-shell': ({ name, option }) =>
      `${name} 실습 환경에 셸이 없습니다. \`podpath lab down${option}\`, \`podpath lab up${option}\` 명령으로 다시 시작하세요`,
    claimed: ({ name }) => `${name} 실습 환경을 다른 프로세스가 시작하고 있습니다`,
    'just-starting': ({ name }) => `${name} 실습 환경이 막 시작되고 있습니다. 잠시 뒤에 다시 실행하세요`,
    'not-a-name': ({ name }) =>
      `실습 환경의 이름으로 쓸 수 없습니다: ${JSON.stringify(name)} (영문 소문자, 숫자, 하이픈으로 32자까지)`,
    'no-linux': ({ platform }) =>
      `실습 환경에는 리눅스 커널이 필요한데 이 컴퓨터는 ${platform} 플랫폼입니다. 리눅스 가상 머신에서 실행하거나(macOS에서는 \`limactl start template://debian-12\`, Windows에서는 WSL 2), --context 옵션으로 클러스터를 지정하세요`,
    'programs-missing': ({ line, anyway }) =>
      `실습 환경에 필요한 프로그램이 없습니다. 먼저 설치하세요: ${line}${anyway === null ? '' : ` (이들 없이 시작하려면 \`${anyway}\`)`}`,
    'has-ended': ({ name, option }) => `${name} 실습 환경이 끝났습니다. ${cure(option)}`,
    silent: ({ name, pid, option }) =>
      `${name} 실습 환경이 응답하지 않습니다(프로세스 ${pid}). ${cure(option)}`,
    'not-whole': ({ name, part: lacking, at, others, option }) =>
      `${name} 실습 환경이 온전하지 않습니다. ${lacking.state === 'stopped' ? `정지됨(SIGSTOP): ${part(lacking)}, ${at} 확인` : `종료됨: ${part(lacking)}, ${at}`}${others > 0 ? ` 외 ${others}개(podpath lab status)` : ''}. ${cure(option)}`,
    'no-id-range': () =>
      'root 없는 실습 환경에는 사용자에게 주어진 id 범위가 필요한데, 이 사용자에게는 없습니다: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
    'no-namespaces': () =>
      '이 컴퓨터에서는 root만 네임스페이스를 만들 수 있습니다. root로 실행하거나, root로 `sysctl -w user.max_user_namespaces=10000` 값을 설정하세요 (있다면 kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0 값도)',
    'no-user-name': ({ uid }) =>
      `${uid}번 사용자의 이름이 /etc/passwd 파일에 없어 id 범위를 찾을 수 없습니다. 이름이 있는 사용자나 root로 실행하세요`,
    'too-few-files': ({ nodes, wanted, allowed }) =>
      `노드 ${nodes}대의 실습 환경은 파일을 한꺼번에 ${wanted}개까지 여는데, 여기서는 ${allowed}개까지만 열 수 있습니다. \`ulimit -n ${wanted}\` 명령을 쓰거나 노드를 줄이세요`,
    'no-mount-place': () =>
      '실습 환경을 마운트할 빈 디렉터리(/mnt, /media, /srv)가 필요한데, podpath가 들어 있지 않은 것이 없습니다',
    interrupted: () => '중단되어 실습 환경을 시작하지 않았습니다',
    'bastion-ended': () => `실습 환경의 배스천 호스트가 끝났습니다. ${anew('')}`,
    'first-process-ended': () => `실습 환경이 끝났습니다. ${anew('')}`,
    'not-ready': ({ seconds, step, last }) =>
      `${seconds}초가 지나도록 실습 환경이 준비되지 않았습니다${step === null ? '' : ` (멈춘 단계: ${step})`}: ${last}`,
    'ended-early': ({ last }) => `실습 환경이 준비되기 전에 끝났습니다: ${last}`,
    'not-started': ({ because }) => `실습 환경을 시작하지 못했습니다: ${because}`,
    'not-built': ({ because }) => `실습 환경을 만들지 못했습니다: ${because}`,
    'does-not-end': ({ name, pid }) => `${name} 실습 환경(프로세스 ${pid})이 끝나지 않습니다`,
    'no-kubernetes': ({ name }) => `${name} 실습 환경에 아직 Kubernetes API가 없습니다`,
    'no-bastion': ({ name }) => `${name} 실습 환경에 로그인할 배스천 호스트가 없습니다`,
    'no-record': ({ directory }) => `${directory} 디렉터리와 실습 환경의 기록이 사라졌습니다`,
    'no-ssh': ({ because }) => because,
    'no-aws': ({ name }) => `${name} 실습 환경에 AWS API가 없습니다`,
    'all-broken': () => '일으킬 수 있는 장애가 이미 모두 있습니다',
    'no-undo': ({ fault }) => `${fault}: 되돌리는 방법을 실습 환경이 알려 주지 않았습니다`,
    'foreign-file': ({ path }) => `${path} 파일은 podpath가 쓴 것이 아닙니다. 지우세요`,
    'unknown-interface': ({ address }) => `EC2에 ${address} 주소를 가진 인터페이스가 없습니다`,
    'closed-groups': ({ groups }) =>
      `구성원끼리의 통신을 허용하는 보안 그룹이 없습니다: ${groups.join(', ')}`,
    'no-network-acl': ({ subnet }) => `${subnet} 서브넷에 네트워크 ACL이 없습니다`,
    'no-internet-route': ({ subnet }) => `${subnet} 서브넷의 라우팅 테이블에 인터넷으로 가는 경로가 없습니다`,
    'no-agent': ({ node }) => `${node} 노드에 에이전트가 없습니다`,
    'script-failed': ({ node, said }) => `${node} 노드: ${said}`,
    'kubernetes-refused': ({ said }) => `실습 환경의 Kubernetes API가 거절했습니다: ${said}`,
    'not-in-force': ({ node, seconds }) =>
      `${node} 노드: Kubernetes에서 바꾼 것이 ${seconds}초 안에 적용되지 않았습니다`,
  },
}
