import type { FaultSentences } from '../sentences/fault-sentences.ts'

export const fault: FaultSentences = {
  title: 'What can be broken',
  faults: {
    'forward-rule': {
      done: 'an iptables rule in FORWARD drops what the pod sends to its peer',
      met: 'host firewalls and security agents',
    },
    'forward-policy': {
      done: 'the policy of FORWARD becomes DROP',
      met: 'Docker on the node: it sets this policy when it starts',
    },
    'ip-forward-off': {
      done: 'net.ipv4.ip_forward becomes 0',
      met: 'hardening scripts and sysctl files that are applied after the node has joined',
    },
    'blackhole-route': {
      done: 'a blackhole route to the peer stands in the main table',
      met: 'routing daemons and VPN clients on the node',
    },
    'prohibit-rule': {
      done: 'an ip rule prohibits what the pod sends to its peer',
      met: 'policy routing by hand',
    },
    'pod-route-missing': {
      done: 'the /32 route to the pod is gone from its node',
      met: 'systemd-networkd restarts and flushes routes that are not its own',
    },
    'pod-default-route-missing': {
      done: 'the pod has no default route',
      met: 'a second network plugin, or a container that changes its own routes',
    },
    'veth-address-changed': {
      done: 'the node’s end of the pod’s wire has another MAC than the pod’s permanent neighbour',
      met: 'udev’s MACAddressPolicy=persistent on a new operating system',
    },
    'snat-missing': {
      done: 'nothing leads to AWS-SNAT-CHAIN-0: pods keep their own source on the way to the internet',
      met: 'AWS_VPC_K8S_CNI_EXTERNALSNAT=true without a NAT gateway, or a flushed nat table',
    },
    'snat-exclusion-missing': {
      done: 'AWS-SNAT-CHAIN-0 no longer spares the VPC: pods see the node’s address as their caller',
      met: 'a CIDR that was added to the VPC after the node had started',
    },
    'rp-filter-strict': {
      done: 'rp_filter of eth0 becomes strict: replies to pods on other ENIs are dropped',
      met: 'operating systems whose default is 1, and hardening scripts',
    },
    'mark-rule-missing': {
      done: 'the ip rule 1024 for the CNI’s mark is gone: pods on other ENIs leave by the wrong one',
      met: 'tools that flush ip rules which are not their own',
    },
    'source-rule-missing': {
      done: 'the ip rule 1536 of a pod on a later ENI is gone: it leaves by eth0, and the VPC drops it',
      met: 'systemd-networkd, and races at the attachment of an ENI',
    },
    'source-rule-stale': {
      done: 'a pod on the first ENI has the ip rule 1536 of an earlier pod on the second',
      met: 'addresses that are used again by another ENI',
    },
    'security-group-closed': {
      done: 'the security group no longer lets its own members in',
      met: 'a node group with a group of its own, or a tidy-up in the console',
    },
    'network-acl-deny': {
      done: 'a network ACL denies the peer’s packets at the edge of the pod’s subnet',
      met: 'ACLs that forget replies or new subnets',
    },
    'internet-route-missing': {
      done: 'the subnet’s route table has no default route',
      met: 'subnets that are private by mistake',
    },
  },
  broke: (node, pod) => `Broken on node ${node}, for pod ${pod}`,
  brokeSecretly: 'Something is broken now. Which hop, and which line?',
  show: 'to see it',
  heal: 'to undo it',
  healed: (node) => `Healed on node ${node}`,
  nothingBroken: 'nothing is broken in this lab',
}
