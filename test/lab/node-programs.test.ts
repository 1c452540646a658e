import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labUp, type TestLab } from './lab.ts'
import { startPodpath } from './podpath.ts'

/**
 * What people type on a node of EKS: about its kubelet, its containers, its network plugins and its own instance. Needs
 * root, sshd, kubectl and the AWS CLI.
 */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=node-programs'])
})
afterAll(async () => {
  await lab?.down()
})

const sh = (script: string) =>
  lab.podpath('lab', 'shell', '--name', 'node-programs', '--', 'bash', '-c', script)
const onNode = (script: string) => sh(`ssh -n $N1 '${script.replaceAll("'", `'\\''`)}' 2>&1`)

interface Row {
  readonly command: string
  readonly prints: RegExp
  readonly exit?: number
  readonly because: string
}

describe('on a node, logged in as ec2-user', () => {
  test.each<Row>([
    {
      command: 'systemctl is-active kubelet containerd',
      prints: /^active\nactive\n$/,
      because: 'both work for the node',
    },
    {
      command: 'systemctl is-active docker',
      prints: /^inactive\n$/,
      exit: 3,
      because: 'what is not there is not active, as systemd says it',
    },
    {
      command: 'systemctl status kubelet --no-pager -n 2',
      prints:
        /^● kubelet\.service - Kubernetes Kubelet\n {5}Loaded: loaded \(.*\n {5}Active: active \(running\) since \w{3} \d{4}-.*; .* ago\n[^]*\n\n(.* kubelet: [IE]\d{4} .*\n){2}$/,
      because: 'its state, and its last words',
    },
    {
      command: 'systemctl status docker',
      prints: /^Unit docker\.service could not be found\.\n$/,
      exit: 4,
      because: 'systemd’s words and status',
    },
    {
      command: 'sudo systemctl stop kubelet',
      prints: /^Failed to stop kubelet\.service: the lab runs it from outside of this node/,
      exit: 1,
      because: 'what the lab cannot do it does not pretend to do',
    },
    {
      command: 'journalctl -u kubelet --no-pager | grep -c "SyncLoop ADD.*netshoot-pod"',
      prints: /^1\n$/,
      because: 'the kubelet was told of the tutorial’s pod once',
    },
    {
      command: 'journalctl -u docker',
      prints: /^-- No entries --\n$/,
      because: 'nothing said nothing',
    },
    {
      command: 'crictl ps',
      prints: /level=fatal msg=.*dial unix \/run\/containerd\/containerd\.sock: connect: permission denied/,
      exit: 1,
      because: 'the runtime’s socket is root’s',
    },
    {
      command: `sudo crictl ps | tail -n +2 | awk "{print \\$(NF-4), \\$NF}" | sort`,
      prints:
        /^aws-node kube-system\n(coredns kube-system\n)?kube-proxy kube-system\nnetshoot-pod default\n$/,
      because: 'the containers that run here',
    },
    {
      command: 'sudo crictl pods --name netshoot --no-trunc -q | wc -c',
      prints: /^65\n$/,
      because: 'an id of 64 digits and a newline',
    },
    {
      command: 'sudo crictl images | awk "{print \\$1, \\$2}" | grep netshoot',
      prints: /^docker\.io\/nicolaka\/netshoot \S+\n$/,
      because: 'the images that containers name',
    },
    {
      command: 'sudo crictl exec $(sudo crictl ps --name netshoot -q) hostname -i',
      prints: /^192\.168\.1\.239\n$/,
      because: 'the program runs in the pod',
    },
    {
      command: 'sudo crictl exec $(sudo crictl ps --name netshoot -q) sh -c "exit 7"',
      prints: /^$/,
      exit: 7,
      because: 'its exit status is passed on',
    },
    {
      command: 'echo octets | sudo crictl exec -i $(sudo crictl ps --name netshoot -q) tr a-z A-Z',
      prints: /^OCTETS\n$/,
      because: 'standard input reaches it, and so does its end',
    },
    {
      command: 'sudo crictl exec 0123 true',
      prints: /code = NotFound desc = an error occurred when try to find container \\"0123\\": not found/,
      exit: 1,
      because: 'containerd’s words for what is not there',
    },
    {
      command: 'sudo crictl pull nginx',
      prints: /^No help topic for 'pull'\n$/,
      exit: 3,
      because: 'the lab has no registry',
    },
    {
      command:
        'sudo nsenter -t $(sudo crictl inspectp $(sudo crictl pods --name netshoot -q) | jq .info.pid) -n ip -4 -br addr show eth0 | tr -s " "',
      prints: /^eth0\S* UP 192\.168\.1\.239\/32 \n$/,
      because: 'the sandbox’s process is a process of this node',
    },
    {
      command:
        'sudo test -e $(sudo crictl inspectp $(sudo crictl pods --name netshoot -q) | jq -r ".info.runtimeSpec.linux.namespaces[] | select(.type == \\"network\\").path") && echo there',
      prints: /^there\n$/,
      because: 'the network namespace is where it says',
    },
    {
      command: 'ls /opt; ls /opt/cni/bin | grep -E "^(aws-cni|egress-cni|host-local|loopback|portmap)$"',
      prints: /^cni\npodpath\naws-cni\negress-cni\nhost-local\nloopback\nportmap\n$/,
      because: 'the node’s own /opt, and nothing of the host’s',
    },
    {
      command: 'jq -r .plugins[].type /etc/cni/net.d/10-aws.conflist; ls /etc/cni/net.d',
      prints: /^aws-cni\nportmap\n10-aws\.conflist\n$/,
      because: 'the chain that aws-node writes',
    },
  ])('$command: $because', async ({ command, prints, exit = 0 }) => {
    const { status, stdout } = await onNode(command)
    expect(stdout).toMatch(prints)
    expect(status).toBe(exit)
  })

  test('journalctl -f shows a pod while it comes', async () => {
    const follow = startPodpath(
      [
        'lab',
        'shell',
        '--name=node-programs',
        '--',
        'bash',
        '-c',
        'ssh -n $N1 "journalctl -f -u kubelet -n 1 >&2"',
      ],
      lab.where,
    )
    await follow.said(/ kubelet: /)
    const spec = { nodeName: lab.nodes[0] }
    await lab.kubectl('run', 'newcomer', '--image=pause', `--overrides=${JSON.stringify({ spec })}`)
    await follow.said(/ kubelet: I.* "SyncLoop ADD" source="api" pods=\["default\/newcomer"\]/)
    follow.child.kill('SIGTERM')
    await lab.kubectl('delete', 'pod', 'newcomer', '--now')
    await follow.ended
  })
})

const token =
  'curl -s -m 3 -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token'
const code = (path: string) =>
  `curl -s -m 3 -o /dev/null -w "%{http_code}" http://169.254.169.254/latest/${path}`
const instanceOf =
  '$(aws ec2 describe-instances --filters Name=private-ip-address,Values=$N1 --query Reservations[0].Instances[0].InstanceId --output text)'

describe('the instance metadata service', () => {
  test('tells what the EC2 API tells', async () => {
    const { NetworkInterfaces: enis } = (await lab.aws(
      'ec2',
      'describe-network-interfaces',
      '--filters',
      'Name=addresses.private-ip-address,Values=192.168.1.138',
    )) as {
      NetworkInterfaces: {
        MacAddress: string
        SubnetId: string
        NetworkInterfaceId: string
        Attachment: { InstanceId: string }
        PrivateIpAddresses: { PrivateIpAddress: string }[]
        Groups: { GroupId: string }[]
        AvailabilityZone: string
      }[]
    }
    const [eni] = enis
    const { stdout } = await onNode(
      `T=$(${token}); M=http://169.254.169.254/latest/meta-data; m=$(curl -s -H "X-aws-ec2-metadata-token: $T" $M/mac)
       for p in instance-id mac local-ipv4 placement/availability-zone network/interfaces/macs/$m/subnet-id network/interfaces/macs/$m/interface-id network/interfaces/macs/$m/local-ipv4s network/interfaces/macs/$m/security-group-ids network/interfaces/macs/$m/device-number
       do curl -s -H "X-aws-ec2-metadata-token: $T" $M/$p; echo; done`,
    )
    expect(stdout.trim().split('\n')).toEqual([
      eni?.Attachment.InstanceId,
      eni?.MacAddress,
      '192.168.1.138',
      eni?.AvailabilityZone,
      eni?.SubnetId,
      eni?.NetworkInterfaceId,
      ...(eni?.PrivateIpAddresses ?? []).map((one) => one.PrivateIpAddress),
      ...(eni?.Groups ?? []).map((one) => one.GroupId),
      '0',
    ])
  })

  test('keeps to the hop limit and the tokens that EC2 is told, when the command returns', async () => {
    const inPod = (script: string) => `kubectl exec $PODNAME1 -- sh -c '${script}' > /tmp/said 2> /dev/null`
    const { stdout } = await sh(`
      ${inPod(token)} && echo "2 hops: a pod has a token"
      aws ec2 modify-instance-metadata-options --instance-id ${instanceOf} --http-put-response-hop-limit 1 --http-tokens required --query InstanceMetadataOptions.State --output text
      ${inPod(token)} || echo "1 hop: a pod waits for one"
      ${inPod(code('meta-data/'))}; echo "without: $(cat /tmp/said)"
      ssh -n $N1 '${token}' > /tmp/said && test -s /tmp/said && echo "the node has one"
      aws ec2 describe-instances --instance-ids ${instanceOf} --query 'Reservations[].Instances[].MetadataOptions.[HttpTokens,HttpPutResponseHopLimit]' --output text`)
    expect(stdout).toBe(
      '2 hops: a pod has a token\npending\n1 hop: a pod waits for one\nwithout: 401\nthe node has one\nrequired\t1\n',
    )
  })

  test.each([
    { command: code('nothing'), prints: '401', because: 'without a token nothing is told, not even that' },
    {
      command: `T=$(${token}); curl -s -o /dev/null -w "%{http_code}" -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/user-data`,
      prints: '404',
      because: 'there is no user data',
    },
    {
      command:
        'curl -s -o /dev/null -w "%{http_code}" -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21601" http://169.254.169.254/latest/api/token',
      prints: '400',
      because: 'a session lasts for six hours at most',
    },
  ])('$because', async ({ command, prints }) => {
    expect((await onNode(command)).stdout).toBe(prints)
  })
})
