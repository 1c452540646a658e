import { internetSources } from '../facts/internet-sources.ts'
import type { Statements } from '../facts/statement-facts.ts'

// A noun follows every value, so that no particle ever touches an address or a name.

const table = (name: string): string => (name === 'main' ? 'main 테이블' : `${name}번 테이블`)

const nodeRoute: Statements['pod-to-pod.5'] = ({
  node,
  destination,
  way,
  gateway,
  interface: out,
  ...route
}) => {
  const by = out === null ? '' : ` dev ${out}`
  return way === 'subnet'
    ? `${node} 노드의 ${table(route.table)}에 따르면 ${destination} 주소는 같은 서브넷${by === '' ? '' : `(${by.trim()})`}에 있어 게이트웨이가 필요 없습니다`
    : `${node} 노드의 ${table(route.table)}에도 ${destination} 주소를 위한 경로는 없습니다. 그래서 default 경로${gateway === null ? '' : `(default via ${gateway}${by})`}가 패킷을 VPC 가상 라우터로 보냅니다`
}

const times = ['영', '한', '두', '세']

export const statements: Statements = {
  'pod-to-pod.1': ({ fromPod, fromNode, toPod, toNode }) =>
    `${fromNode} 노드와 ${toNode} 노드가 떠 있고, 그 위의 ${fromPod} 파드와 ${toPod} 파드는 저마다 따로 네트워크 네임스페이스를 가집니다`,
  'pod-to-pod.2': ({ pod, source, destination }) =>
    `${pod} 파드가 내보낸 패킷의 출발지는 ${source} 주소, 목적지는 ${destination} 주소입니다`,
  'pod-to-pod.3': ({ pod, destination }) =>
    `${destination} 주소로 가는 길을 먼저 정하는 것은 ${pod} 파드의 네트워크 네임스페이스에 있는 라우팅 테이블입니다`,
  'pod-to-pod.4': ({ destination, gateway, interface: out }) =>
    `파드의 라우팅 테이블에는 ${destination} 주소에 맞는 다른 경로가 없어 default 경로를 씁니다 (default via ${gateway} dev ${out})`,
  'pod-to-pod.4a': ({ gateway }) =>
    `링크 로컬 ${gateway} 주소는 노드 쪽 가상 인터페이스의 MAC 주소를 가진 영구(PERMANENT) 이웃으로 등록되어 있습니다`,
  'pod-to-pod.4b': ({ podInterface, hostInterface, node }) =>
    `파드의 ${podInterface} 인터페이스로 나온 패킷은 veth 쌍의 반대쪽인 ${node} 노드의 ${hostInterface === null ? '' : `${hostInterface} `}인터페이스로 들어옵니다`,
  'pod-to-pod.5': nodeRoute,
  'pod-to-pod.5a': ({ node, interface: out }) =>
    `패킷은 주소가 그대로인 채 ${node} 노드의 ${out === null ? 'ENI로' : `${out} ENI로`} 나갑니다. VPC 안에서는 SNAT를 하지 않습니다`,
  'pod-to-pod.6': ({ destination, node }) =>
    `VPC 가상 라우터는 ${destination} 주소를 가진 ENI를 찾아 ${node} 노드에 패킷을 넘깁니다`,
  'pod-to-pod.6a': ({ ttl }) =>
    ttl === null
      ? 'VPC 가상 라우터는 홉으로 세지 않으므로 TTL 값이 바뀌지 않습니다'
      : `VPC 가상 라우터는 홉으로 세지 않으므로 TTL은 ${ttl} 값 그대로입니다`,
  'pod-to-pod.7': ({ node, destination, interface: out }) =>
    `${node} 노드에는 ${destination} 주소 하나만을 위한 경로가 있고, 그 끝은 파드와 이어진 ${out === null ? '' : `${out} `}가상 인터페이스입니다`,
  'pod-to-pod.7a': ({ pod }) => `패킷이 ${pod} 파드의 eth0 인터페이스로 들어옵니다`,
  'pod-to-pod.7b': ({ source, destination }) =>
    `모든 캡처 지점에서 같은 패킷입니다. 출발지 ${source} 주소와 목적지 ${destination} 주소는 도중에 바뀌지 않습니다`,
  'pod-to-pod.7c': ({ ttl, nodes }) =>
    `응답은 같은 길로 돌아옵니다. 노드 ${nodes}대를 거치므로 ${ttl === null ? 'TTL은 그만큼 줄어듭니다' : `TTL은 ${ttl} 값이 됩니다`}`,
  'pod-to-internet.1': ({ pod, source, destination, name }) =>
    `${pod} 파드가 내보낸 패킷의 출발지는 ${source} 주소, 목적지는 ${destination} 주소(${name})입니다`,
  'pod-to-internet.2': ({ node, gateway, interface: out }) =>
    `파드의 네트워크 네임스페이스에 있는 default 경로가 패킷을 ${node} 노드에 넘깁니다 (default via ${gateway} dev ${out})`,
  'pod-to-internet.3': nodeRoute,
  'pod-to-internet.4': ({ node, destination, externalSnat }) =>
    externalSnat
      ? `aws-node가 SNAT를 NAT 게이트웨이에 맡깁니다(AWS_VPC_K8S_CNI_EXTERNALSNAT=true). ${node} 노드의 nat 테이블에서 AWS-SNAT-CHAIN 체인은 비어 있고 ${destination} 주소에 적용되는 규칙이 없습니다`
      : `${destination} 주소는 VPC 밖이므로 ${node} 노드의 nat 테이블에서 AWS-SNAT-CHAIN 체인의 SNAT 규칙이 적용됩니다`,
  'pod-to-internet.4a': ({ podAddress, nodeAddress, externalSnat }) =>
    externalSnat
      ? `출발지가 파드 자신의 ${podAddress} 주소인 채로 노드를 나갑니다`
      : `노드를 나가는 패킷의 출발지는 ${podAddress} 주소가 아니라 노드의 ${nodeAddress === null ? '' : `${nodeAddress} `}주소입니다`,
  'pod-to-internet.5': ({ destination, natGateway }) =>
    natGateway === null
      ? `${destination} 주소로 가는 패킷을 VPC 가상 라우터는 서브넷의 라우팅 테이블에 따라 인터넷 게이트웨이로 보냅니다`
      : `노드가 프라이빗 서브넷에 있으므로 VPC 가상 라우터는 ${destination} 주소로 가는 패킷을 NAT 게이트웨이(${natGateway})로 전달하고, 거기서 나온 패킷을 인터넷 게이트웨이로 전달합니다`,
  'pod-to-internet.5a': ({ podAddress, nodeAddress, publicAddress, natGateway, externalSnat }) => {
    const source = externalSnat
      ? `${podAddress} 주소`
      : nodeAddress === null
        ? '노드 주소'
        : `${nodeAddress} 주소`
    const shown = publicAddress === null ? '' : `${publicAddress} `
    return natGateway === null
      ? `인터넷 게이트웨이가 출발지를 한 번 더 바꿉니다. ${source}가 ${shown}퍼블릭 IP 주소가 됩니다`
      : `게이트웨이에서 출발지가 두 번${externalSnat ? '' : ' 더'} 바뀝니다. ${source}가 NAT 게이트웨이의 ${natGateway} 주소로, 그 주소가 다시 ${shown}퍼블릭 IP 주소로 바뀝니다`
  },
  'pod-to-internet.6': (facts) => {
    const sources = internetSources(facts, { node: '노드 IP', publicAddress: '퍼블릭 IP' })
    return `SNAT는 정확히 ${times[sources.length - 1] ?? ''} 번 일어납니다: ${sources.join(' → ')}`
  },
  'pod-to-internet.6a': ({ podAddress, natGateway, externalSnat }) =>
    natGateway === null
      ? `응답에서는 두 SNAT가 반대 순서로 되돌려집니다. 인터넷 게이트웨이가 먼저, 그다음 노드가 ${podAddress} 주소로 되돌립니다`
      : externalSnat
        ? `응답에서는 두 SNAT가 반대 순서로 되돌려집니다. 인터넷 게이트웨이가 먼저, 그다음 NAT 게이트웨이가 되돌리며, 노드는 ${podAddress} 주소로 가는 응답을 받습니다`
        : `응답에서는 세 SNAT가 반대 순서로 되돌려집니다. 인터넷 게이트웨이가 먼저, 그다음 NAT 게이트웨이, 마지막으로 노드가 ${podAddress} 주소로 되돌립니다`,
  'pod-to-internet.6b': ({ ttl, nodes }) =>
    `VPC 안에서 응답의 홉으로 세는 것은 노드 ${nodes}대뿐입니다${ttl === null ? '' : `. 파드가 받은 응답은 TTL ${ttl} 값입니다`}`,
  'public-address.1': ({ pod, node }) =>
    `${pod} 파드와 ${node} 워커 노드는 인터넷에서 같은 공인 IP 주소로 보입니다`,
  'public-address.2': ({ node, address, natGateway }) =>
    `그 주소는 ${natGateway === null ? `${node} 노드` : `NAT 게이트웨이(${natGateway})`}의 퍼블릭 IP 주소${address === null ? '' : `(${address})`}입니다`,
}
