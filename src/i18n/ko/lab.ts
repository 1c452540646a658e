import type { LabSentences } from '../lab-sentences.ts'

export const lab: LabSentences = {
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
    'no-id-range': () =>
      'root 없는 실습 환경에는 사용자에게 주어진 id 범위가 필요한데, 이 사용자에게는 없습니다: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
    'no-namespaces': () =>
      '이 컴퓨터에서는 root만 네임스페이스를 만들 수 있습니다. root로 실행하거나, root로 `sysctl -w user.max_user_namespaces=10000` 값을 설정하세요 (있다면 kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0 값도)',
    'no-user-name': ({ uid }) =>
      `${uid}번 사용자의 이름이 /etc/passwd 파일에 없어 id 범위를 찾을 수 없습니다. 이름이 있는 사용자나 root로 실행하세요`,
    'too-few-files': ({ nodes, wanted, allowed }) =>
      `노드 ${nodes}대의 실습 환경은 파일을 한꺼번에 ${wanted}개까지 여는데, 여기서는 ${allowed}개까지만 열 수 있습니다. \`ulimit -n ${wanted}\` 명령을 쓰거나 노드를 줄이세요`,
  },
}
