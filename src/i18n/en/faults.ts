import type { FaultSentences } from '../sentences/fault-sentences.ts'

export const faults: FaultSentences['faults'] = {
  'ip-forward-off': {
    done: 'net.ipv4.ip_forward becomes 0',
    met: 'hardening scripts and sysctl files that are applied after the node has joined',
  },
  'interface-forwarding-off': {
    done: 'forwarding of the node’s end of the pod’s wire becomes 0',
    met: 'sysctl files that name interfaces, and hardening scripts',
  },
  'blackhole-route': {
    done: 'a blackhole route to the peer stands in the main table',
    met: 'routing daemons and VPN clients on the node',
  },
  'unreachable-route-back': {
    done: 'the node has an unreachable route to the peer’s subnet: what comes from there is not let in',
    met: 'static routes for a network that was somebody else’s once',
  },
  'prohibit-rule': {
    done: 'an ip rule prohibits what the pod sends to its peer',
    met: 'policy routing by hand',
  },
  'foreign-rule-first': {
    done: 'an ip rule before the main table’s sends the peer’s subnet to table 52, and so out by another ENI',
    met: 'Tailscale with accepted subnet routes, nm-cloud-setup and other policy routing on the node',
  },
  'docker-bridge-overlap': {
    done: 'a bridge named docker0 has the peer’s subnet: packets for the peer go to the bridge',
    met: 'Docker’s default network, where the VPC or what it is peered with has the same range',
  },
  'pod-route-missing': {
    done: 'the /32 route to the pod is gone from its node',
    met: 'systemd-networkd restarts and flushes routes that are not its own',
  },
  'pod-route-wrong-veth': {
    done: 'the /32 route to the pod leads to the wire of another pod',
    met: 'an address that is used again while the route of its former pod still stands',
  },
  'pod-rule-missing': {
    done: 'the ip rule 512 of a pod is gone: what a pod on a later ENI sends it leaves the node',
    met: 'races as a pod starts, and tools that flush ip rules which are not their own',
  },
  'pod-address-on-node': {
    done: 'the node’s first ENI has the pod’s address too: the node answers in place of the pod',
    met: 'ec2-net-utils and cloud-init, which configure secondary addresses on the interface',
  },
  'mark-rule-missing': {
    done: 'the ip rule 1024 for the CNI’s mark is gone: pods on other ENIs leave by the wrong one',
    met: 'tools that flush ip rules which are not their own',
  },
  'mark-rule-wrong-mask': {
    done: 'the ip rule 1024 asks for the mark 0x40, while the CNI marks with 0x80',
    met: 'AWS_VPC_K8S_CNI_CONNMARK that was changed while the old rule stays',
  },
  'source-rule-missing': {
    done: 'the ip rule 1536 of a pod on a later ENI is gone: it leaves by eth0, and the VPC drops it',
    met: 'systemd-networkd, and races at the attachment of an ENI',
  },
  'source-rule-stale': {
    done: 'a pod on the first ENI has the ip rule 1536 of an earlier pod on the second',
    met: 'addresses that are used again by another ENI',
  },
  'source-rule-wrong-table': {
    done: 'the ip rule 1536 of a pod on a later ENI names a table that is empty',
    met: 'ENIs that were detached and attached in another order',
  },
  'eni-default-missing': {
    done: 'the table of the second ENI has no default route: its pods leave by the first',
    met: 'systemd-networkd, which flushes the table as the ENI is attached',
  },
  'eni-down': {
    done: 'the second ENI is down, and its routes are gone',
    met: 'a network manager that takes an interface for its own and gives up',
  },
  'veth-down': {
    done: 'the node’s end of the pod’s wire is down, and the route to the pod is gone',
    met: 'network managers, and tests that were not cleaned up',
  },
  'router-neighbour-wrong': {
    done: 'the node has a permanent neighbour with a wrong MAC for the VPC’s router',
    met: 'static ARP entries that outlive an image or a move to another subnet',
  },
  'rp-filter-strict': {
    done: 'rp_filter of eth0 becomes strict: replies to pods on other ENIs are dropped',
    met: 'operating systems whose default is 1, and hardening scripts',
  },
  'service-cidr-blackhole': {
    done: 'the node has a blackhole route for the services’ range: its own programs reach no service',
    met: 'routes against leaks, and VPN clients that take 10.0.0.0/8',
  },
  'mtu-small-icmp-blocked': {
    done: 'the node’s first ENI has an MTU of 1500, and the node may not say so: large packets vanish',
    met: 'jumbo frames inside, a smaller path outside, and a firewall that drops all ICMP',
  },
  'forward-rule': {
    done: 'an iptables rule in FORWARD drops what the pod sends to its peer',
    met: 'host firewalls and security agents',
  },
  'forward-policy': {
    done: 'the policy of FORWARD becomes DROP',
    met: 'Docker on the node: it sets this policy when it starts',
  },
  'forward-drops-new': {
    done: 'FORWARD drops new connections that come in by the first ENI',
    met: 'host firewalls that let in established connections alone',
  },
  'forward-drops-dns': {
    done: 'FORWARD drops what the pod asks by UDP on port 53',
    met: 'rules against DNS that goes around a resolver',
  },
  'docker-user-reject': {
    done: 'a chain DOCKER-USER rejects what the pod sends',
    met: 'Docker on the node, and rules that people put in its chain',
  },
  'firewalld-reject': {
    done: 'a table of nftables named firewalld rejects what the pod sends to its peer',
    met: 'firewalld on the node: its rules are no iptables, and iptables-save does not show them',
  },
  'other-backend-drop': {
    done: 'a rule of the other iptables (legacy beside nft, or nft beside legacy) drops what the pod sends to its peer',
    met: 'an agent that ships its own iptables, and upgrades of the operating system',
  },
  'ipset-member-missing': {
    done: 'what the pod sends is dropped unless an ipset has the destination, and the peer’s is missing',
    met: 'Calico, security agents and scripts whose sets are behind the cluster',
  },
  'input-drops-pods': {
    done: 'INPUT drops what the pod sends to its own node',
    met: 'host firewalls that know the nodes’ addresses and not the pods’',
  },
  'output-drops-node': {
    done: 'OUTPUT drops what the node itself sends to the pod: the kubelet’s probes would fail',
    met: 'host firewalls that restrict what leaves the node',
  },
  'raw-notrack': {
    done: 'what the pod sends is not tracked (raw, NOTRACK), so no service address is translated',
    met: 'NodeLocal DNSCache that was removed, and tuning against a full conntrack table',
  },
  'snat-missing': {
    done: 'nothing leads to AWS-SNAT-CHAIN-0: pods keep their own source on the way to the internet',
    met: 'AWS_VPC_K8S_CNI_EXTERNALSNAT=true without a NAT gateway, or a flushed nat table',
  },
  'snat-exclusion-missing': {
    done: 'AWS-SNAT-CHAIN-0 no longer spares the VPC: pods see the node’s address as their caller',
    met: 'a CIDR that was added to the VPC after the node had started',
  },
  'snat-wrong-source': {
    done: 'the rule of aws-node rewrites the pods’ source to an address that no ENI has',
    met: 'an image of a disk that was made of another node, and saved rules that are restored at boot',
  },
  'masquerade-too-broad': {
    done: 'a MASQUERADE rule takes all that the pod sends: the peer sees the node’s address as its caller',
    met: 'Docker’s and VPN clients’ own rules, and ip-masq-agent',
  },
  'connmark-save-missing': {
    done: 'nothing leads to AWS-CONNMARK-CHAIN-0: pods on later ENIs leave for the internet by their own ENI',
    met: 'flushed nat tables, and agents that write the table anew',
  },
  'connmark-restore-missing': {
    done: 'mangle no longer restores the CNI’s mark: of a connection the second packet goes by another ENI',
    met: 'Calico, Cilium and others that write the mangle table anew',
  },
  'foreign-mark-collision': {
    done: 'another program’s mark on the pod’s packets is the CNI’s own 0x80: they leave by the first ENI',
    met: 'marks that were chosen without a look at others’ (Calico, Tailscale, VPN clients)',
  },
  'foreign-mark-cleared': {
    done: 'another program’s mark overwrites the CNI’s: of a connection the second packet goes by another ENI',
    met: 'MARK without a mask, as Tailscale and VPN clients had it in some versions',
  },
  'foreign-mark-masquerades': {
    done: 'another program’s mark is kube-proxy’s own 0x4000: the peer sees the node’s address as its caller',
    met: 'marks that were chosen without a look at others’',
  },
  'metadata-redirect': {
    done: 'what pods ask of the instance metadata is sent to port 8181 of the node, where nobody listens',
    met: 'kube2iam and kiam that were removed, and left their rule',
  },
  'stale-dnat': {
    done: 'a DNAT rule sends what pods ask of the cluster’s DNS to an address that is gone',
    met: 'portmap, NodeLocal DNSCache and scripts whose rules outlive their pod',
  },
  'services-jump-missing': {
    done: 'nothing in PREROUTING leads to KUBE-SERVICES: pods reach no service',
    met: 'firewalls that write the nat table anew as they reload',
  },
  'service-chain-empty': {
    done: 'the chain of the DNS service is empty: its address is translated to none',
    met: 'a kube-proxy that was ended between two writes',
  },
  'endpoint-jump-missing': {
    done: 'the last jump of the DNS service’s chain is gone: its share of the questions goes nowhere',
    met: 'a chain that was edited by hand, and a kube-proxy that does not come back',
  },
  'endpoint-wrong-port': {
    done: 'on this node the DNS service leads to port 5353 of its endpoints, where nobody listens',
    met: 'a kube-proxy that hangs while the service changes',
  },
  'endpoint-address-stale': {
    done: 'on this node the DNS service leads to an address that no pod has any more',
    met: 'a kube-proxy that lost its watch: its rules are behind the EndpointSlices',
  },
  'pod-default-route-missing': {
    done: 'the pod has no default route',
    met: 'a second network plugin, or a container that changes its own routes',
  },
  'pod-gateway-wrong': {
    done: 'the pod’s default route goes by 169.254.1.2, which nobody has',
    met: 'a second network plugin (Multus), or a container that changes its own routes',
  },
  'pod-service-route': {
    done: 'the pod has an unreachable route for the services’ range',
    met: 'VPN clients and meshes inside the pod',
  },
  'pod-prefix-24': {
    done: 'the pod’s address is a /24: it looks for its neighbours on the wire, where nobody answers',
    met: 'plugins that chain after the VPC CNI, and containers that set their own address',
  },
  'pod-neighbour-missing': {
    done: 'the pod has no permanent neighbour for 169.254.1.1, and nobody answers its question',
    met: 'programs in the pod that flush the neighbour table',
  },
  'pod-neighbour-wrong': {
    done: 'the pod’s permanent neighbour has a MAC that its wire’s other end has not',
    met: 'a wire that was made anew under a living pod',
  },
  'veth-address-changed': {
    done: 'the node’s end of the pod’s wire has another MAC than the pod’s permanent neighbour',
    met: 'udev’s MACAddressPolicy=persistent on a new operating system',
  },
  'pod-link-down': {
    done: 'the pod’s eth0 is down, and its routes and neighbours are gone',
    met: 'containers with NET_ADMIN, and checkpoints that were not restored as a whole',
  },
  'pod-output-drop': {
    done: 'an iptables rule in the pod’s own OUTPUT drops what it sends to its peer',
    met: 'init containers of meshes and security sidecars',
  },
  'pod-input-drop': {
    done: 'an iptables rule in the pod’s own INPUT drops what its peer sends',
    met: 'init containers of meshes and security sidecars',
  },
  'pod-redirect': {
    done: 'the pod’s own OUTPUT redirects all TCP to port 15001, where nobody listens',
    met: 'Istio and Linkerd: the init container has run, and the proxy is not up',
  },
  'pod-ignores-ping': {
    done: 'the pod answers no ping (icmp_echo_ignore_all), and all else',
    met: 'sysctls in a pod’s security context, and hardened images',
  },
  'pod-resolver-wrong': {
    done: 'the pod’s resolv.conf names a server that is not there',
    met: 'dnsPolicy None with an old address, and programs that write the file',
  },
  'security-group-closed': {
    done: 'the security group no longer lets its own members in',
    met: 'a node group with a group of its own, or a tidy-up in the console',
  },
  'security-group-dns-missing': {
    done: 'the security group lets its members in on every port but 53',
    met: 'node groups whose rules name the ports, and forget DNS by UDP or TCP',
  },
  'security-group-egress-closed': {
    done: 'the security group lets nothing out but TCP 443',
    met: 'templates that reduce egress to what the control plane needs',
  },
  'second-eni-other-group': {
    done: 'the ENI of the pod has another security group than the first, which does not let pods in',
    met: 'ENIConfig of custom networking, and groups that were changed on the first ENI alone',
  },
  'network-acl-deny': {
    done: 'a network ACL denies the peer’s packets at the edge of the pod’s subnet',
    met: 'ACLs that forget replies or new subnets',
  },
  'network-acl-egress-deny': {
    done: 'a network ACL denies what leaves the pod’s subnet for its peer',
    met: 'ACLs between subnets of different teams',
  },
  'network-acl-no-replies': {
    done: 'a network ACL denies TCP to ports from 1024 on, and so the replies',
    met: 'ACLs that allow a service’s port, and forget that they keep no state',
  },
  'internet-route-missing': {
    done: 'the subnet’s route table has no default route',
    met: 'subnets that are private by mistake',
  },
  'internet-route-to-instance': {
    done: 'the subnet’s default route leads to an instance that forwards nothing',
    met: 'NAT instances and appliances that were replaced',
  },
  'nat-subnet-route-missing': {
    done: 'the subnet of the NAT gateway has no route to the internet gateway',
    met: 'NAT gateways in a private subnet by mistake',
  },
  'service-selector-wrong': {
    done: 'the selector of the DNS service matches no pod, so it has no endpoints',
    met: 'labels that were renamed in one place',
  },
  'service-target-port-wrong': {
    done: 'the DNS service leads to port 5353 of its pods, where nobody listens',
    met: 'a port that changed in the image and not in the service',
  },
  'service-port-changed': {
    done: 'the DNS service has port 5353 in place of 53',
    met: 'a chart’s new version, while callers keep the old port',
  },
  'dns-scaled-to-zero': {
    done: 'CoreDNS has no replicas',
    met: 'autoscalers and schedules that reach kube-system',
  },
  'node-port-local': {
    done: 'a NodePort service of externalTrafficPolicy Local has no endpoint on the node that is asked',
    met: 'load balancers without a health check of the service, and clients that know one node',
  },
  'external-snat': {
    done: 'AWS_VPC_K8S_CNI_EXTERNALSNAT is true in public subnets: pods keep their own source on the way to the internet',
    met: 'the setting copied from a cluster with a NAT gateway',
  },
  'snat-excludes-internet': {
    done: 'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS covers a part of the internet',
    met: 'a range for a peered network that was written too broad',
  },
  'external-service-cidr-too-broad': {
    done: 'AWS_EXTERNAL_SERVICE_CIDRS covers the VPC: pods on later ENIs leave by the first',
    met: 'a range that was written too broad',
  },
}
