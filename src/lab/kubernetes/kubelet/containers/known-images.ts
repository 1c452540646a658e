/** What a well-known image does, as far as the lab can do it with this machine's programs. */
export type KnownImage =
  /** Serves HTTP on a port; `execs`: words that are no options are a command instead (its entry point is `exec "$@"`, or there is none). */
  | {
      readonly kind: 'serves'
      readonly port: number
      readonly execs: boolean
      readonly page?: 'nginx' | 'httpd'
    }
  /** A shell, and no entry point: words are a command. */
  | { readonly kind: 'shell' }
  /** A program as its entry point: words are that program's. */
  | { readonly kind: 'program'; readonly program: string; readonly words: readonly string[] }
  /** An option, or a word that is no program, is the program's; any other word is a command. */
  | { readonly kind: 'program-or-command'; readonly program: string }
  /** Does nothing that another pod could see, and writes these lines first. */
  | { readonly kind: 'stays'; readonly log?: readonly string[] }

const serves = (port: number): KnownImage => ({ kind: 'serves', port, execs: false })
const servesOr = (port: number): KnownImage => ({ kind: 'serves', port, execs: true })
const shell: KnownImage = { kind: 'shell' }
const stays: KnownImage = { kind: 'stays' }
const program = (name: string, ...words: readonly string[]): KnownImage => ({
  kind: 'program',
  program: name,
  words,
})

/** What aws-node writes when it starts: zap's JSON (amazon-vpc-cni-k8s, cmd/aws-vpc-cni/main.go). */
const awsNodeLog = [
  'Installed /host/opt/cni/bin/aws-cni',
  'Installed /host/opt/cni/bin/egress-cni',
  ...[
    'Starting IPAM daemon... ',
    'Checking for IPAM connectivity... ',
    'Copying config file... ',
    'Successfully copied CNI plugin binary and config file.',
  ].map((msg) => JSON.stringify({ level: 'info', msg })),
]

/** The lines of kube-proxy that say how it works (kubernetes, cmd/kube-proxy/app/server_linux.go). */
const kubeProxyLog = [
  'I server_linux.go] "Using iptables proxy"',
  'I server_linux.go] "kube-proxy running in single-stack mode" ipFamily="IPv4"',
  'I server_linux.go] "Using iptables Proxier"',
]

/**
 * Images of tutorials, by the end of their repository: `OWNER/NAME`, or `NAME` alone where every owner's is alike. Their ENTRYPOINT, CMD
 * and EXPOSE are those of the Dockerfiles that their owners publish.
 */
const images: Readonly<Record<string, KnownImage>> = {
  // Web servers, and what shows who asked.
  nginx: { kind: 'serves', port: 80, execs: true, page: 'nginx' },
  'nginx-unprivileged': { kind: 'serves', port: 8080, execs: true, page: 'nginx' },
  'nginxdemos/hello': servesOr(80),
  'nginx-hello': servesOr(80),
  httpd: { kind: 'serves', port: 80, execs: true, page: 'httpd' },
  'apache2-httpd': servesOr(80),
  caddy: servesOr(80),
  'echo-server': serves(80),
  'kicbase/echo-server': serves(8080),
  'jmalloc/echo-server': serves(8080),
  'ealen/echo-server': serves(80),
  echoserver: serves(8080),
  'http-https-echo': serves(8080),
  'http-echo': serves(5678),
  whoami: serves(80),
  httpbin: serves(80),
  'go-httpbin': serves(8080),
  podinfo: serves(9898),
  'hello-app': serves(8080),
  'node-hello': serves(8080),
  'hello-kubernetes': serves(8080),
  'hello-world-nginx': serves(80),
  'docker-2048': serves(80),
  '2048': serves(80),
  'game-2048': serves(80),
  'sample-app': serves(80),
  kubia: serves(8080),
  'gb-frontend': serves(80),
  'network-multitool': servesOr(80),
  'php-apache': serves(80),
  'hpa-example': serves(80),
  agnhost: serves(9376),
  // Shells, with tools or without.
  netshoot: shell,
  busybox: shell,
  busyboxplus: shell,
  alpine: shell,
  debian: shell,
  ubuntu: shell,
  amazonlinux: shell,
  centos: shell,
  rockylinux: shell,
  fedora: shell,
  bash: shell,
  python: shell,
  node: shell,
  golang: shell,
  'network-tools': shell,
  dnsutils: shell,
  'jessie-dnsutils': shell,
  dnstools: shell,
  'tiny-tools': shell,
  'tutum/curl': shell,
  'buildpack-deps': shell,
  // One program.
  'curlimages/curl': { kind: 'program-or-command', program: 'curl' },
  'alpine/curl': program('curl'),
  'appropriate/curl': program('curl'),
  'byrnedo/alpine-curl': program('curl'),
  'aws-cli': program('aws'),
  kubectl: program('kubectl'),
  'networkstatic/iperf3': program('iperf3'),
  iperf3: program('iperf3'),
  'instrumentisto/nmap': program('nmap'),
  'subfuzion/netcat': program('nc'),
  'alpine/socat': program('socat'),
  hey: program('hey'),
  'jordi/ab': program('ab'),
  // Parts of a cluster.
  pause: stays,
  'amazon-k8s-cni': { kind: 'stays', log: awsNodeLog },
  'aws-network-policy-agent': stays,
  'kube-proxy': { kind: 'stays', log: kubeProxyLog },
  'kube-proxy-minimal': { kind: 'stays', log: kubeProxyLog },
}

/** What is known of a repository, `docker.io/curlimages/curl`, without tag and digest; undefined: nothing. */
export function knownImage(repository: string): KnownImage | undefined {
  const parts = repository.split('/')
  for (const name of [parts.slice(-2).join('/'), parts.at(-1) ?? ''])
    if (Object.hasOwn(images, name)) return images[name]
  return undefined
}
