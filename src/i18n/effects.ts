import type { Language } from './language.ts'

/**
 * What a decision did stands in a result in English, short and stable, for programs. For people it becomes a sentence in
 * their language. An effect that no row knows stays as it is.
 */
export function effectSentence(language: Language, effect: string): string {
  for (const [pattern, en, ko] of rows) {
    const found = pattern.exec(effect)
    if (found === null) continue
    const template = language === 'ko' ? ko : en
    // What an effect quotes of another one is a sentence of its own.
    return template === null
      ? effect
      : template.replace(/\$(\d)/g, (_, index: string) =>
          effectSentence(language, found[Number(index)] ?? ''),
        )
  }
  return effect
}

/** The engine's words; in English where they read better otherwise (null: as they are); in Korean. */
const rows: readonly (readonly [RegExp, string | null, string])[] = [
  [/^lookup (\S+)$/, 'looks into table $1', '$1 테이블을 조회합니다'],
  [/^via (\S+) dev (\S+)$/, 'to $1, out by $2', '$2 인터페이스로 나가 $1 주소로 보냅니다'],
  [/^dev (\S+)$/, 'straight out by $1', '$1 인터페이스로 바로 내보냅니다'],
  [/^for this stack$/, 'the address is here', '이곳의 주소입니다'],
  [/^sent to (\S+)$/, 'the frame goes to $1', '$1 MAC 주소로 프레임을 보냅니다'],
  [
    /^sent to (\S+), but (\S+) of (\S+) has (\S+)$/,
    'the frame goes to $1, but $2 of $3 has $4 and ignores it',
    '$1 MAC 주소로 보내지만 $3 쪽 $2 인터페이스의 MAC 주소는 $4 값이라 받지 않습니다',
  ],
  [
    /^nobody can tell whether the VPC has (\S+)$/,
    'the frame goes to $1, and nobody can tell whether the VPC has that address',
    '$1 MAC 주소로 프레임을 보내지만, VPC에 그 주소가 있는지 알 수 없습니다',
  ],
  [/^(\S+) answers for (\S+)$/, null, '$1 쪽에서 $2 주소의 ARP 요청에 응답합니다'],
  [/^echo requests are not answered here$/, null, '이곳은 에코 요청(ping)에 응답하지 않습니다'],
  [/^learned from its own request$/, null, '상대가 보낸 ARP 요청에서 이미 알게 된 이웃입니다'],
  [
    /^nobody answers (ARP|neighbour solicitation) for (\S+) on (\S+)$/,
    null,
    '$3 인터페이스에서 $2 주소의 $1 요청에 응답하는 곳이 없습니다',
  ],
  [
    /^(\S+) drops the neighbour solicitation for (\S+)$/,
    null,
    '$1 쪽에서 $2 주소의 neighbour solicitation 패킷을 버립니다',
  ],
  [
    /^(\S+) drops the neighbour advertisement for (\S+)$/,
    null,
    '$1 쪽에서 $2 주소의 neighbour advertisement 패킷을 버립니다',
  ],
  [
    /^an XDP program sees it first, and what that does is not known$/,
    null,
    'XDP 프로그램이 먼저 처리하며, 그 동작은 알 수 없습니다',
  ],
  [
    /^a filter of tc sees it, and what that does is not known$/,
    null,
    'tc 필터가 처리하며, 그 동작은 알 수 없습니다',
  ],
  [/^an IPsec policy is for it, which is not modelled$/, null, 'IPsec 정책이 적용되며, 이는 모델에 없습니다'],
  [
    /^a program on sockets may send it another way, and what that does is not known$/,
    null,
    '소켓의 BPF 프로그램이 다른 길로 보낼 수 있으며, 그 동작은 알 수 없습니다',
  ],
  [/^asks (\S+)$/, null, '$1 체인으로 갑니다'],
  [/^goes on in (\S+)$/, null, '$1 체인으로 넘어갑니다'],
  [/^returns to the calling chain$/, 'nothing to do here', '여기서 할 일이 없어 돌아갑니다'],
  [/^accepted$/, null, '통과시킵니다'],
  [/^dropped, and its sender is not told$/, null, '응답 없이 버립니다'],
  [/^dropped by the policy of the chain$/, null, '체인의 기본 정책으로 버립니다'],
  [/^rejected: the sender gets (.+)$/, null, '거부합니다. 보낸 쪽은 $1 응답을 받습니다'],
  [/^source (\S+) becomes (\S+)$/, null, '출발지 $1 주소를 $2 주소로 바꿉니다'],
  [/^destination (\S+) becomes (\S+)$/, null, '목적지 $1 주소를 $2 주소로 바꿉니다'],
  [/^source becomes (\S+)$/, null, '출발지를 $1 주소로 바꿉니다'],
  [/^destination becomes (\S+)$/, null, '목적지를 $1 주소로 바꿉니다'],
  [
    /^source port that the kernel picks becomes .+$/,
    'the kernel picks another source port',
    '커널이 출발지 포트를 다시 고릅니다',
  ],
  [/^source port (\S+) becomes (\S+)$/, null, '출발지 포트 $1번을 $2번으로 바꿉니다'],
  [
    /^(.+), because the connection was translated$/,
    '$1: the translation is undone',
    '$1 (변환했던 연결이므로 되돌립니다)',
  ],
  [
    /^(.+), as the connection that exists already has it$/,
    '$1: the connection exists already, so no nat rule is asked',
    '$1 (이미 있는 연결이므로 nat 규칙을 묻지 않습니다)',
  ],
  [/^the connection exists already$/, 'this connection exists already', '이미 있는 연결입니다'],
  [
    /^mark (\S+) becomes (\S+), from the connection$/,
    'the packet gets the mark $2 of its connection',
    '연결의 마크 $2 값을 패킷에 복원합니다',
  ],
  [/^mark (\S+) becomes (\S+)$/, 'the packet gets the mark $2', '패킷 마크를 $2 값으로 바꿉니다'],
  [
    /^connection mark (\S+) becomes (\S+)$/,
    'the connection gets the mark $2',
    '연결 마크를 $2 값으로 바꿉니다',
  ],
  [/^(TTL|TOS) (\S+) becomes (\S+)$/, null, '$1 값을 $2 → $3 값으로 바꿉니다'],
  [/^not tracked$/, null, '연결을 추적하지 않습니다'],
  [/^allowed out of (eni-\S+)$/, null, '$1 인터페이스에서 나가도록 허용합니다'],
  [/^allowed into (eni-\S+)$/, null, '$1 인터페이스로 들어오도록 허용합니다'],
  [/^dropped out of (eni-\S+)$/, 'not let out of $1', '$1 인터페이스에서 나가지 못합니다'],
  [/^dropped into (eni-\S+)$/, 'not let into $1', '$1 인터페이스로 들어오지 못합니다'],
  [/^allowed out of the subnet$/, null, '서브넷에서 나가도록 허용합니다'],
  [/^allowed into the subnet$/, null, '서브넷으로 들어오도록 허용합니다'],
  [/^dropped out of the subnet$/, 'not let out of the subnet', '서브넷에서 나가지 못합니다'],
  [/^dropped into the subnet$/, 'not let into the subnet', '서브넷으로 들어오지 못합니다'],
  [/^allowed (out of|into) the pod$/, null, '파드 정책이 허용합니다'],
  [/^dropped out of the pod$/, 'not let out of the pod', '파드에서 나가지 못합니다'],
  [/^dropped into the pod$/, 'not let into the pod', '파드로 들어가지 못합니다'],
  [/^allowed: a reply to what (this rule|this) allowed$/, null, '앞서 허용한 연결의 응답이므로 통과시킵니다'],
  [/^delivered inside the VPC$/, 'to an address of the VPC itself', 'VPC 안의 주소로 전달합니다'],
  [/^delivered on the subnet$/, 'to a neighbour in the subnet', '같은 서브넷 안에서 전달합니다'],
  [/^to ((?:igw|nat|eigw|eni)-\S+)$/, null, '$1 쪽으로 보냅니다'],
  [/^dropped: no route to (\S+)$/, 'no route to $1', '$1 주소로 가는 경로가 없어 버립니다'],
  [/^dropped: the target of this route is gone$/, null, '이 경로의 대상이 사라져 버립니다'],
  [/^dropped: nobody to deliver it to$/, null, '이 주소를 가진 곳이 없어 버립니다'],
  [
    /^dropped: (\S+) is not an address of (eni-\S+)$/,
    null,
    '$1 주소가 $2 인터페이스의 주소가 아니어서 버립니다(소스/대상 확인)',
  ],
  [
    /^dropped: the internet gateway translates only an address that has a public one$/,
    null,
    '퍼블릭 IP가 없는 주소는 인터넷 게이트웨이가 변환하지 않고 버립니다',
  ],
  [
    /^dropped: (nat-\S+) would get back what it sent$/,
    null,
    '$1 게이트웨이가 보낸 패킷이 그 게이트웨이로 되돌아가는 경로이므로 버립니다',
  ],
  [
    /^to (\S+), from another NAT gateway$/,
    null,
    '다른 NAT 게이트웨이에서 $1 쪽으로 보냅니다. 그 너머는 알 수 없습니다',
  ],
  [
    /^dropped: NAT gateways carry TCP, UDP and ICMP$/,
    null,
    'NAT 게이트웨이는 TCP, UDP, ICMP만 전달하므로 버립니다',
  ],
  [/^dropped: nobody behind it asked for this$/, null, '뒤에서 시작한 연결이 아니어서 버립니다'],
  [/^dropped: it is (\S+)$/, null, '$1 상태여서 버립니다'],
  [/^dropped: the peering is (\S+)$/, null, '피어링 연결이 $1 상태여서 버립니다'],
  [/^(\S+) is not described$/, null, '$1 쪽은 EC2가 알려 주지 않았습니다'],
  [
    /^to (\S+), beyond which nothing is described here$/,
    null,
    '$1 쪽으로 보냅니다. 그 너머는 여기에 나와 있지 않습니다',
  ],
  [/^to (.+), which is not described here$/, null, '$1 쪽으로 보냅니다. 그곳은 여기에 나와 있지 않습니다'],
  [
    /^answers; no security group or network ACL applies$/,
    null,
    '보안 그룹과 네트워크 ACL의 적용 없이 응답합니다',
  ],
  [
    /^IPVS hands on what goes to this address, and its table is not read$/,
    null,
    '이 주소로 가는 패킷은 IPVS가 넘겨주는데, podpath는 IPVS 테이블을 읽지 않습니다',
  ],
  [
    /^the API server of the cluster answers here, on a machine of EKS$/,
    null,
    'EKS가 운영하는 장비에서 클러스터의 API 서버가 응답합니다',
  ],
  [
    /^a VPC endpoint answers here, on a machine of AWS$/,
    null,
    'AWS가 운영하는 장비에서 VPC 엔드포인트가 응답합니다',
  ],
  [
    /^(\S+): there is no route; the sender gets "network unreachable"$/,
    null,
    '$1 주소로 가는 경로가 없습니다. 보낸 쪽은 "network unreachable" 오류를 받습니다',
  ],
  [
    /^(\S+): there is no way on; dropped, and its sender is not told$/,
    null,
    '$1 주소로 갈 길이 없어 응답 없이 버립니다',
  ],
  [/^(\S+): dropped, and its sender is not told$/, null, '$1 주소로 가는 패킷을 응답 없이 버립니다'],
  [/^(\S+): the sender gets "(.+)"$/, null, '$1 주소로 보내지 않습니다. 보낸 쪽은 "$2" 오류를 받습니다'],
  [
    /^(\S+) does not forward what comes in by (\S+)$/,
    null,
    '$1 쪽은 $2 인터페이스로 들어온 패킷을 전달하지 않습니다',
  ],
  [
    /^(\S+) would be answered by `(.+)` \((.+)\), not by (\S+)$/,
    'the way back to $1 is `$2` ($3), not $4',
    '$1 주소로 되돌아가는 길이 $4 인터페이스가 아니라 `$2` 경로입니다($3)',
  ],
  [/^there is no way back to (\S+) \((.+)\)$/, null, '$1 주소로 되돌아갈 길이 없습니다($2)'],
  [
    /^the time to live is over; the sender gets "time exceeded"$/,
    null,
    'TTL이 다 되었습니다. 보낸 쪽은 "time exceeded" 오류를 받습니다',
  ],
  [
    /^(\d+) octets do not fit into (\d+)(?:; the sender gets "(.+)"|, and the packet may not be fragmented)$/,
    null,
    '패킷 $1바이트가 MTU $2바이트에 들어가지 않고 나눌 수도 없습니다',
  ],
  [
    /^(\d+) octets are more than (\S+) of (\S+) takes$/,
    null,
    '패킷 $1바이트는 $3 쪽 $2 인터페이스가 받을 수 있는 크기보다 큽니다',
  ],
  [/^(\S+) is down$/, null, '$1 인터페이스가 꺼져 있습니다'],
  [/^(\S+) of (\S+) is down$/, null, '$2 쪽의 $1 인터페이스가 꺼져 있습니다'],
  [/^(\S+) has no carrier$/, null, '$1 인터페이스의 반대쪽이 꺼져 있습니다'],
  [/^no socket of (\S+) waits for this reply$/, null, '$1 쪽에는 이 응답을 기다리는 소켓이 없습니다'],
  [
    /^it takes more steps than a prediction may$/,
    'working it out takes more steps than a prediction may',
    '예측 한 번에 허용한 단계 수를 넘습니다',
  ],
  [
    /^its gateways hand the packet round, which no VPC does$/,
    null,
    '게이트웨이들이 패킷을 서로 돌려보내는 구성이며, 실제 VPC에서는 일어나지 않습니다',
  ],
  [
    /^which address of so many the kernel takes is not known$/,
    null,
    '커널이 그 많은 주소 중 어느 것을 고를지 알 수 없습니다',
  ],
  [
    /^more chains call each other than the kernel lets them$/,
    null,
    '체인이 커널이 허용하는 것보다 깊게 서로를 부릅니다',
  ],
  [
    /^cannot be decided: (.+), by (.+), which was not read but derived$/,
    'cannot be decided: $1, but $2 was not read and is taken as the VPC CNI and the kubelet make it',
    '결정할 수 없습니다: $1. 다만 $2 내용은 수집되지 않아 VPC CNI와 kubelet이 만드는 대로 가정했습니다',
  ],
  [
    /^whether (\S+|this ENI) has (\S+) is not recorded; derived: it is an address of (.+)$/,
    'whether $1 has $2 is not recorded: by this line it would be an address of $3, and the source/destination check would drop the packet',
    '$1 쪽에 $2 주소가 있는지 기록되지 않았습니다. 이 줄로 보면 $3 쪽 주소이며, 그렇다면 소스/대상 확인이 패킷을 버립니다',
  ],
  [
    /^whether (\S+|this ENI) has (\S+) is not recorded$/,
    'whether $1 has $2 is not recorded, and the source/destination check drops what an ENI has no address for',
    '$1 쪽에 $2 주소가 있는지 기록되지 않았습니다. 소스/대상 확인은 ENI에 없는 주소로 나가는 패킷을 버립니다',
  ],
  [
    /^which ENI has (\S+) is not recorded; derived: (.+)$/,
    null,
    '$1 주소가 어느 ENI에 있는지 기록되지 않았습니다. 유도한 결과: $2',
  ],
  [/^the table was not read$/, null, '이 테이블은 수집되지 않았습니다'],
  [/^the table (\S+) was not read$/, null, '$1 테이블은 수집되지 않았습니다'],
  [/^cannot be decided: (.+)$/, null, '결정할 수 없습니다: $1'],
  [/^not understood: (.+)$/, null, 'podpath가 모르는 내용입니다: $1'],
  [/^the rules of the stack were not read$/, null, '규칙을 읽지 못했습니다'],
  [/^(.+) (?:was|were) not read$/, null, '읽지 못한 정보: $1'],
]
