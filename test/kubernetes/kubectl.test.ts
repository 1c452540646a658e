import { describe, expect, test } from 'vitest'
import { cluster, node1, node2, node3 } from './kubectl-cluster.ts'

/** Every row is a command as a person types it, and what it prints. */

/** Ages differ from run to run, and so does the padding that follows from them. */
const settled = (text: string): string =>
  text
    .replaceAll(/\b\d+m?\d*s\b/g, 'AGE')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ $/gm, '')

describe('the cluster as it stands after start', () => {
  test.each<{ readonly command: string; readonly prints: string }>([
    {
      command: 'get nodes',
      prints: `NAME STATUS ROLES AGE VERSION
${node1} Ready <none> AGE v1.32.9-eks-113cf36
${node2} Ready <none> AGE v1.32.9-eks-113cf36
${node3} Ready <none> AGE v1.32.9-eks-113cf36
`,
    },
    {
      command: 'get nodes -o wide --no-headers',
      prints: `${node1} Ready <none> AGE v1.32.9-eks-113cf36 192.168.1.138 203.0.113.11 Amazon Linux 2 5.10.245-245.983.amzn2.x86_64 containerd://1.7.27
${node2} Ready <none> AGE v1.32.9-eks-113cf36 192.168.2.77 203.0.113.12 Amazon Linux 2 5.10.245-245.983.amzn2.x86_64 containerd://1.7.27
${node3} Ready <none> AGE v1.32.9-eks-113cf36 192.168.3.20 203.0.113.13 Amazon Linux 2 5.10.245-245.983.amzn2.x86_64 containerd://1.7.27
`,
    },
    {
      command: 'get ds -n kube-system',
      prints: `NAME DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE SELECTOR AGE
aws-node 3 3 3 3 3 <none> AGE
kube-proxy 3 3 3 3 3 <none> AGE
`,
    },
    {
      command: 'get deploy -A',
      prints: `NAMESPACE NAME READY UP-TO-DATE AVAILABLE AGE
default netshoot-pod 3/3 3 3 AGE
kube-system coredns 2/2 2 2 AGE
`,
    },
    {
      command: 'get svc -A -o wide',
      prints: `NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR
default kubernetes ClusterIP 10.100.0.1 <none> 443/TCP AGE <none>
kube-system kube-dns ClusterIP 10.100.0.10 <none> 53/UDP,53/TCP,9153/TCP AGE k8s-app=kube-dns
`,
    },
    {
      command: 'get endpoints kubernetes',
      prints: `NAME ENDPOINTS AGE
kubernetes 192.168.1.10:443,192.168.2.10:443 AGE
`,
    },
    {
      command: 'get ns',
      prints: `NAME STATUS AGE
default Active AGE
kube-node-lease Active AGE
kube-public Active AGE
kube-system Active AGE
`,
    },
    {
      command: 'get nodes -o jsonpath=\'{.items[*].status.addresses[?(@.type=="InternalIP")].address}\'',
      prints: '192.168.1.138 192.168.2.77 192.168.3.20',
    },
    {
      command:
        'get ds aws-node -n kube-system -o jsonpath=\'{.spec.template.spec.containers[0].env[?(@.name=="AWS_VPC_K8S_CNI_EXTERNALSNAT")].value}\'',
      prints: 'false',
    },
    {
      command: "get ds aws-node -n kube-system -o jsonpath='{.spec.template.spec.containers[0].image}'",
      prints: '602401143452.dkr.ecr.ap-northeast-2.amazonaws.com/amazon-k8s-cni:v1.15.1',
    },
    {
      command:
        'get pods -n kube-system -l k8s-app=kube-dns --field-selector=status.phase=Running -o custom-columns=IP:.status.podIP,NODE:.spec.nodeName --sort-by=.spec.nodeName',
      prints: `IP NODE
192.168.1.13 ${node1}
192.168.2.13 ${node2}
`,
    },
    { command: 'get --raw /readyz', prints: 'ok' },
    { command: 'auth can-i delete pods', prints: 'yes\n' },
    {
      command: 'get pods -n nowhere',
      prints: '',
    },
  ])('kubectl $command', async ({ command, prints }) => {
    const { exit, stdout } = await cluster.kubectl(command)
    expect(settled(stdout)).toBe(settled(prints))
    expect(exit).toBe(0)
  })

  test("the tutorial's pods sort in the order of their nodes, and its cut finds their addresses", async () => {
    const { stdout } = await cluster.kubectl('get pods -o wide --no-headers')
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ +/))
    expect(rows.map((row) => row[6])).toEqual([node1, node2, node3])
    for (const [name] of rows)
      expect(name).toMatch(/^netshoot-pod-[bcdf4-9]{10}-[bcdfghjklmnpqrstvwxz2-9]{5}$/)
    for (const [subnet, address] of [
      ['192.168.1.', '192.168.1.239'],
      ['192.168.2.', '192.168.2.31'],
      ['192.168.3.', '192.168.3.143'],
    ] as const) {
      const said = await cluster.kubectl(
        `get pods -o custom-columns=:.metadata.name,PodIP:status.podIP | grep ${subnet} | cut -c 33-`,
      )
      expect(said.stdout).toBe(`${address}\n`)
    }
  })

  test('describe tells of a node what EKS tells', async () => {
    const { stdout } = await cluster.kubectl(`describe node ${node1}`)
    for (const line of [
      'ProviderID:                   aws:///ap-northeast-2a/i-01111111111111111',
      '  InternalIP:   192.168.1.138',
      '  ExternalIP:   203.0.113.11',
      '                    topology.kubernetes.io/zone=ap-northeast-2a',
      '  cpu:                1930m',
      `  HolderIdentity:  ${node1}`,
    ]) {
      expect(stdout).toContain(line)
    }
    expect(stdout).toMatch(/Ready +True .* KubeletReady +kubelet is posting ready status/)
  })
})

describe('what the server refuses, it refuses in the words of the real one', () => {
  test.each<{ readonly command: string; readonly says: string; readonly input?: string }>([
    { command: 'get pod nosuch', says: 'Error from server (NotFound): pods "nosuch" not found' },
    { command: 'get statefulsets', says: `error: the server doesn't have a resource type "statefulsets"` },
    { command: 'top pods', says: 'error: Metrics API not available' },
    {
      command: 'create namespace default',
      says: 'Error from server (AlreadyExists): namespaces "default" already exists',
    },
    {
      command: 'create deployment UPPER --image=nginx',
      says: 'error: failed to create deployment: Deployment.apps "UPPER" is invalid: metadata.name: Invalid value: "UPPER": a lowercase RFC 1123 subdomain',
    },
    {
      command: 'create -f -',
      input: '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x"},"spec":{"replicaz":1}}',
      says: 'Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replicaz"',
    },
    {
      command: 'create -f -',
      input: '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"name":"c"}]}}',
      says: 'The Pod "x" is invalid: spec.containers[0].image: Required value',
    },
    {
      command: 'create -f -',
      input: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":"text"}',
      says: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
    },
    {
      command: 'get pods --as=somebody',
      says: 'Error from server (Forbidden): pods is forbidden: User "somebody" cannot list resource "pods" in API group "" in the namespace "default"',
    },
    {
      command: 'get pods --field-selector=spec.colour=red',
      says: 'field label not supported: spec.colour',
    },
    {
      command: 'run late --image=pause --overrides=\'{"spec":{"serviceAccountName":"nobody"}}\'',
      says: 'Error from server (Forbidden): pods "late" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    },
  ])('kubectl $command', async ({ command, says, input }) => {
    const { exit, stderr } = await cluster.kubectl(command, input)
    expect(exit).not.toBe(0)
    expect(stderr).toContain(says)
  })

  test('exec in a container that there is not says so, and not how kubectl should be started', async () => {
    const { stderr } = await cluster.kubectl('exec deploy/netshoot-pod -c nosuch -- true')
    expect(stderr).toMatch(
      /^Error from server \(BadRequest\): container nosuch is not valid for pod netshoot-pod-/,
    )
  })

  test('a token that is none is told so', async () => {
    const { stderr } = await cluster.kubectl('get pods --token=wrong')
    expect(stderr).toContain('error: You must be logged in to the server (Unauthorized)')
  })
})
