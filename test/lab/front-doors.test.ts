import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTerminal, type Terminal } from '../seed/terminal.ts'
import { labUp, type TestLab } from './lab.ts'
import { checkout } from './podpath.ts'

/**
 * Needs root, sshd, kubectl and the AWS CLI. What kubectl, aws and ssh print on the bastion of a real lab, where what
 * they print is of the whole house: the data plane's addresses and ENIs, EC2's view of them, EKS's tokens, terminals.
 * What is of the Kubernetes API alone is in test/kubernetes, what is of the AWS API alone in test/ec2.
 */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp()
})
afterAll(async () => {
  expect((await lab.down()).status).toBe(0)
})

const sh = (script: string) => lab.podpath('lab', 'shell', '--', 'bash', '-c', script)

/** A terminal with a command of the bastion in it. */
const onTerminal = (...words: readonly string[]): Terminal =>
  openTerminal(
    [
      'env',
      `PODPATH_RUNTIME_DIR=${lab.where.runtime}`,
      process.execPath,
      `${checkout}/bin/podpath.js`,
      'lab',
      'shell',
      '--',
      ...words,
    ],
    { rows: 33, columns: 111 },
  )

const name = String.raw`ip-192-168-\d+-\d+\.ap-northeast-2\.compute\.internal`
const endpoint = String.raw`https://[0-9A-F]{32}\.gr7\.ap-northeast-2\.eks\.amazonaws\.com`

interface Row {
  readonly command: string
  readonly prints: RegExp
  readonly exit?: number | readonly number[]
  readonly because: string
}

describe('a cluster that was made just now', () => {
  test.each<Row>([
    {
      command: 'kubectl cluster-info | head -1',
      prints: new RegExp(`^Kubernetes control plane is running at ${endpoint}\n$`),
      because: 'the API server has the name that EKS gives',
    },
    {
      command: "kubectl get pods -n kube-system -o wide --no-headers | awk '{print $1, $3, $6}' | sort",
      prints:
        /^(aws-node-\w{5} Running 192\.168\.(1\.138|2\.91|3\.20)\n){3}(coredns-\w+-\w{5} Running 192\.168\.[12]\.\d+\n){2}(kube-proxy-\w{5} Running 192\.168\.(1\.138|2\.91|3\.20)\n){3}$/,
      because: 'pods on the host network show the node’s address',
    },
    {
      command: 'kubectl exec $PODNAME1 -- hostname -i',
      prints: /^192\.168\.1\.239\n$/,
      because: 'a pod knows its own name, by /etc/hosts',
    },
    {
      command: 'kubectl exec deploy/netshoot-pod -- sh -c "exit 42"',
      prints: /^$/,
      exit: 42,
      because: 'the exit status comes through all of it',
    },
    {
      command:
        'aws eks update-kubeconfig --name podpath-lab --kubeconfig ~/eks && KUBECONFIG=~/eks kubectl auth whoami -o jsonpath={.status.userInfo.extra.arn[0]}',
      prints: /^Added new context arn:aws:eks:\S+ to \/root\/eks\narn:aws:iam::111122223333:user\/podpath$/,
      because: 'kubectl works with what the AWS CLI wrote, and is who AWS says',
    },
    {
      command: 'aws eks describe-cluster --name podpath-lab --query cluster.endpoint --output text',
      prints: new RegExp(`^${endpoint}\n$`),
      because: 'EKS tells the endpoint that is reached from where one asks',
    },
    {
      command: 'aws ec2 describe-vpcs --region us-east-1 2>&1',
      prints: /\(AuthFailure\).*: Credential should be scoped to a valid region, not 'us-east-1'\.\n$/,
      // As version 1 and version 2 of the AWS CLI have it.
      exit: [255, 254],
      because: 'there is nothing of the lab in another region',
    },
    {
      command:
        'E=$(kubectl config view --minify -o jsonpath={.clusters[0].cluster.server}); for path in / /version /api/v1/pods; do curl -sk $E$path | jq -r ".message // .major"; done',
      prints:
        /^forbidden: User "system:anonymous" cannot get path "\/"\n1\npods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope\n$/,
      because: 'who gives no credentials may ask for the version, and nothing else',
    },
    {
      command:
        'kubectl get cm -n kube-system -o name; kubectl get cm -n kube-system kube-proxy-config -o yaml | grep mode',
      prints:
        /amazon-vpc-cni\nconfigmap\/aws-auth\nconfigmap\/coredns\n(.*\n)*configmap\/kube-proxy-config\n(.*\n)* *mode: iptables\n$/,
      because: 'the config maps of an EKS cluster',
    },
    {
      command:
        'kubectl delete ns default 2>&1; kubectl delete ns kube-system 2>&1; kubectl get ns default -o jsonpath={.status.phase}',
      prints:
        /namespaces "default" is forbidden: this namespace may not be deleted\n.*"kube-system" is forbidden: this namespace may not be deleted\nActive$/,
      because: 'a slip of the hand must not end the cluster',
    },
    {
      command: 'ssh ec2-user@$N1 sudo yum install -y iproute no-such-package 2>&1',
      prints:
        /^iproute: ip is here already\nyum: a lab's nodes have this machine's programs: apt-get install no-such-package there .*\n$/,
      exit: 1,
      because: 'a node’s programs are this machine’s',
    },
    {
      command:
        'kubectl logs -n kube-system ds/aws-node 2>/dev/null; kubectl logs -n kube-system ds/kube-proxy 2>/dev/null | tail -1',
      prints: /^Installed \/host\/opt\/cni\/bin\/aws-cni\n(.*\n)*.*Using iptables Proxier.*\n$/,
      because: 'what the CNI and kube-proxy say when they start',
    },
    {
      command:
        'kubectl run q --rm -i --image=curlimages/curl --restart=Never --quiet -- -s -m 3 -o /dev/null -w "%{http_code}\\n" http://www.google.com',
      prints: /^200\n/,
      because: 'words for the image are curl’s own',
    },
    {
      command:
        'kubectl run n1 --image=nginx >/dev/null && kubectl wait --for=condition=Ready pod/n1 --timeout=20s >/dev/null && for i in $(seq 50); do kubectl exec n1 -- curl -sf localhost | grep -o "<h1>.*</h1>" && break; sleep 0.2; done; kubectl exec n1 -- curl -s -o /dev/null -w "%{http_code}\\n" localhost/none; kubectl logs n1 | grep -c "GET / HTTP/1.1"; kubectl delete pod n1 --now >/dev/null',
      prints: /^<h1>Welcome to nginx!<\/h1>\n404\n[1-9]\d*\n$/,
      because: 'a web server has its page, its 404 and its log',
    },
    {
      command:
        'kubectl get crd -o name; kubectl get cninodes --no-headers | wc -l; kubectl get eniconfigs,sgp,policyendpoints,ingressclass,pv -A 2>&1; kubectl get sc --no-headers',
      prints:
        /^customresourcedefinition.apiextensions.k8s.io\/cninodes.vpcresources.k8s.aws\n(.*eniconfigs.crd.k8s.amazonaws.com\n.*policyendpoints.*\n.*securitygrouppolicies.*\n)3\nNo resources found\ngp2 +kubernetes.io\/aws-ebs +Delete +WaitForFirstConsumer +false +\d+s\n$/,
      because: 'what the CNI brings with it is listed as on EKS',
    },
    {
      command:
        'printf "apiVersion: crd.k8s.amazonaws.com/v1alpha1\\nkind: ENIConfig\\nmetadata: {name: a}\\n" | kubectl create -f - 2>&1',
      prints: /the lab shows eniconfigs and does nothing with them/,
      exit: 1,
      because: 'what the lab would not act on is refused, and not kept as if it did',
    },
    {
      command: 'aws s3 ls 2>&1',
      prints: /\(UnknownService\).*: This lab has no service named s3\.\n$/,
      exit: [255, 254],
      because: 'a service that is not there says so in its own form',
    },
    {
      command: 'kubectl describe $(kubectl get node -o name | head -1) | grep -A9 ^Events',
      prints: new RegExp(
        `Starting kubelet\\.\n(.*\n)*.*RegisteredNode.*\n.*Node ${name} status is now: NodeReady\n$`,
      ),
      because: 'a node tells how it came up',
    },
  ])('$command: $because', async ({ command, prints, exit = 0 }) => {
    const ended = await sh(command)
    expect(ended.stdout).toMatch(prints)
    expect([exit].flat()).toContain(ended.status)
  })
})

describe('addresses and ENIs', () => {
  /** By the node's address: the ENIs that EC2 tells and those that the node has. */
  const enis = async () => {
    const { NetworkInterfaces } = (await lab.aws('ec2', 'describe-network-interfaces')) as {
      NetworkInterfaces: readonly {
        Attachment?: { InstanceId: string; DeviceIndex: number }
        PrivateIpAddresses: readonly { PrivateIpAddress: string }[]
      }[]
    }
    const { stdout } = await sh(
      'for n in $N1 $N2 $N3; do ssh ec2-user@$n "ip -br link" | grep -o "^eth[0-9]" | xargs; done',
    )
    const devices = stdout.trim().split('\n')
    const { Reservations } = (await lab.aws(
      'ec2',
      'describe-instances',
      '--filters',
      'Name=tag:Name,Values=podpath-lab-ng1-Node',
    )) as {
      Reservations: readonly { Instances: readonly { InstanceId: string; PrivateIpAddress: string }[] }[]
    }
    const instances = Reservations.flatMap(({ Instances }) => Instances)
    return devices.map((seen, index) => {
      const subnet = `192.168.${index + 1}.`
      const instance = instances.find(({ PrivateIpAddress }) => PrivateIpAddress.startsWith(subnet))
      const told = NetworkInterfaces.filter(
        ({ Attachment }) => Attachment?.InstanceId === instance?.InstanceId,
      )
      return {
        seen,
        told: told
          .map(({ Attachment }) => `eth${Attachment?.DeviceIndex}`)
          .toSorted()
          .join(' '),
        addresses: told.map((one) => one.PrivateIpAddresses.length),
      }
    })
  }

  test('the second ENI comes with a node’s first pod, the third with the sixth, five pod addresses on each', async () => {
    for (const { seen, told, addresses } of await enis()) {
      expect({ seen, told }).toEqual({ seen: 'eth0 eth1', told: 'eth0 eth1' })
      expect(addresses).toEqual([6, 6])
    }
    await lab.kubectl('create', 'deployment', 'full', '--image=pause', '--replicas=50')
    const ready = () => lab.kubectl('get', 'deploy', 'full', '-o', 'jsonpath={.status.readyReplicas}')
    // 17 pods a node, less six of the host network, two of CoreDNS and three of the tutorial.
    await expect.poll(ready, { timeout: 90_000, interval: 500 }).toBe('40')
    for (const { seen, told } of await enis())
      expect({ seen, told }).toEqual({ seen: 'eth0 eth1 eth2', told: 'eth0 eth1 eth2' })
    const pending = await sh(
      'kubectl get pods -l app=full --no-headers | grep -c Pending; kubectl describe $(kubectl get pods -l app=full --field-selector=status.phase=Pending -o name | head -1) | grep -o "0/3.*"',
    )
    expect(pending.stdout).toBe(
      '10\n0/3 nodes are available: 3 Too many pods. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.\n',
    )
  })

  test('what does not fit comes up when there is room, and an address rests for half a minute', async () => {
    await lab.kubectl('scale', 'deployment', 'full', '--replicas=0')
    const gone = () => lab.kubectl('get', 'pods', '-l', 'app=full', '-o', 'name')
    await expect.poll(gone, { timeout: 60_000, interval: 500 }).toBe('')
    const { stdout } = await sh(
      'ssh ec2-user@$N1 sudo cat /var/log/aws-routed-eni/ipamd.log | grep -c "UnassignPodIPAddress"',
    )
    expect(Number(stdout)).toBeGreaterThan(10)
    await lab.kubectl('delete', 'deployment', 'full')

    // Every address of every node has just been given back, so whoever comes now waits for one.
    await lab.kubectl('run', 'next', '--image=pause')
    const phase = () => lab.kubectl('get', 'pod', 'next', '-o', 'jsonpath={.status.phase}')
    await expect.poll(phase, { timeout: 90_000, interval: 500 }).toBe('Running')
    const address = await lab.kubectl('get', 'pod', 'next', '-o', 'jsonpath={.status.podIP}')
    const told = await sh(
      'for n in $N1 $N2 $N3; do ssh ec2-user@$n sudo cat /var/log/aws-routed-eni/ipamd.log; done',
    )
    const times = (what: RegExp) =>
      told.stdout
        .split('\n')
        .filter((line) => what.test(line) && line.includes(` ${address}`))
        .map((line) => Date.parse((JSON.parse(line) as { ts: string }).ts))
    const given = Math.max(...times(/"AssignPod/))
    expect(given - Math.max(...times(/"UnassignPod/))).toBeGreaterThanOrEqual(30_000)
    await lab.kubectl('delete', 'pod', 'next', '--now')
  })
})

describe('on a terminal', () => {
  test('kubectl exec -it has the window’s size, and another when the window changes', async () => {
    const terminal = onTerminal(
      'bash',
      '-c',
      '(sleep 3; stty -F /dev/tty cols 77 rows 22) & kubectl exec -it $PODNAME1 -- sh -c "stty size; until stty size | grep 77; do sleep 0.2; done; exit 6"; echo left with $?',
    )
    const shown = await terminal.until(/left with \d+/)
    expect(shown).toMatch(/33 111\n[^]*22 77\n[^]*left with 6/)
    expect(await terminal.ended).toBe(0)
  })

  test('Ctrl-C reaches the program in the pod, not kubectl', async () => {
    const terminal = onTerminal('kubectl', 'exec', '-it', lab.pods[0] ?? '', '--', 'bash', '--norc')
    await terminal.until(/# $/)
    terminal.type('ping 127.0.0.1\n')
    await terminal.until(/icmp_seq=2/)
    terminal.type('\u0003')
    await terminal.until(/packets transmitted[^]*# $/)
    terminal.type('echo still $((40 + 2))\n')
    await terminal.until(/still 42/)
    terminal.type('exit 3\n')
    expect(await terminal.ended).toBe(3)
  })

  test('kubectl run --rm -it leaves nothing behind', async () => {
    const terminal = onTerminal(
      'kubectl',
      'run',
      'once',
      '--rm',
      '-it',
      '--restart=Never',
      '--image=busybox',
      '--',
      'sh',
    )
    // A prompt that was written before kubectl was attached is gone, as kubectl itself says.
    await terminal.until(/try pressing enter/)
    terminal.type('\n')
    await terminal.until(/# $/)
    terminal.type('hostname\n')
    await terminal.until(/\bonce\n/)
    terminal.type('exit\n')
    await terminal.until(/pod "once" deleted/)
    expect(await terminal.ended).toBe(0)
    expect(await lab.kubectl('get', 'pods', 'once', '--ignore-not-found')).toBe('')
  })

  test('get -w shows each change on a line of its own, in order, until Ctrl-C', async () => {
    const terminal = onTerminal('kubectl', 'get', 'pods', '-w', '-l', 'run=seen')
    await new Promise((resolve) => setTimeout(resolve, 2000))
    await lab.kubectl('run', 'seen', '--image=pause')
    await terminal.until(/Running/)
    await lab.kubectl('delete', 'pod', 'seen', '--now')
    const shown = await terminal.until(/Terminating/)
    const states = [...shown.matchAll(/^seen +\S+ +(\S+) /gm)].map(([, state]) => state)
    const order = ['Pending', 'ContainerCreating', 'Running', 'Terminating']
    expect(states.map((state) => order.indexOf(state ?? ''))).toEqual(
      states.map((state) => order.indexOf(state ?? '')).toSorted((a, b) => a - b),
    )
    terminal.type('\u0003')
    expect(await terminal.ended).not.toBe(0)
  })
})

test('a rule that aws revokes is gone from the kernel when the command returns', async () => {
  const group =
    'aws ec2 describe-security-groups --filters Name=group-name,Values=eks-cluster-sg-podpath-lab --query SecurityGroups[0].GroupId --output text'
  const ping = 'kubectl exec $PODNAME1 -- ping -c 1 -W 1 $PODIP2 > /dev/null'
  const { stdout } = await sh(`
    ${ping} && echo reached
    permission='IpProtocol=-1,UserIdGroupPairs=[{GroupId='$(${group})'}]'
    aws ec2 revoke-security-group-ingress --group-id $(${group}) --ip-permissions "$permission" > /dev/null
    ${ping} || echo lost
    aws ec2 authorize-security-group-ingress --group-id $(${group}) --ip-permissions "$permission" > /dev/null
    ${ping} && echo reached again`)
  expect(stdout).toBe('reached\nlost\nreached again\n')
})
