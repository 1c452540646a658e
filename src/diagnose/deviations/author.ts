/** Whose hand a line shows: by the names that programs give to their chains, comments, tables, routes and rules. */
import type { Author } from '../../model/diagnosis/deviation.ts'

/** A form that only one program writes, each from that program's own source or documentation. */
const forms: readonly (readonly [RegExp, Author])[] = [
  [
    /\bDOCKER(-USER|-ISOLATION\S*|-FORWARD|-BRIDGE|-CT|-INTERNAL)?\b|\bdocker0\b|\bbr-[0-9a-f]{12}\b/,
    'docker',
  ],
  [/\bcali[-:]|cali-\w+|"cali:/, 'calico'],
  [/\bCILIUM_|\bcilium_/, 'cilium'],
  [/\bFLANNEL-|flanneld|\bflannel\.\d/, 'flannel'],
  [/\bISTIO_|--to-ports 15001\b|--to-ports 15006\b|istio/i, 'istio'],
  [/\bPROXY_INIT_|proxy-init|--to-port(s)? 4143\b|--to-port(s)? 4140\b|linkerd/i, 'linkerd'],
  [/\bCNI-(HOSTPORT|DN|SN)-?/, 'portmap'],
  [/NodeLocal DNS|\bnodelocaldns\b|169\.254\.20\.10\b/, 'node-local-dns'],
  [/169\.254\.169\.254\S* .*--to-destination \S+:8181\b|kube2iam|kiam/i, 'kube2iam'],
  [/\bts-(input|forward|postrouting)\b|\btailscale0?\b|0x80000\/0xff0000|lookup 52$/, 'tailscale'],
  [
    /\bfirewalld\b|\b(FWD|IN|PRE|POST)_(public|trusted|internal|docker|drop|block)\b|\b(INPUT|FORWARD|PREROUTING|POSTROUTING)_(ZONES|direct)\b/,
    'firewalld',
  ],
  [/\bufw6?-/, 'ufw'],
  [/\bLIBVIRT_|\bvirbr\d/, 'libvirt'],
  [/lookup 30[2-4]00\b/, 'network-manager'],
  [/\bKUBE-(KUBELET|FIREWALL|IPTABLES-HINT)\S*|block incoming localnet/, 'kubelet'],
  [/\bKUBE-|kubernetes (service|forwarding|postrouting|load balancer|health check|externally)/, 'kube-proxy'],
  [/\bAWS-(SNAT|CONNMARK)-CHAIN|"AWS,? |\baws-cni\b/, 'vpc-cni'],
]

/** By the line and, for a rule of netfilter, where it stands. */
export function authorOf(line: string, place = ''): Author {
  const text = `${place} ${line}`
  return forms.find(([form]) => form.test(text))?.[1] ?? 'unknown'
}
