import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestLab, type TestLab } from './lab.ts'
import { ctrlC, prompt } from './terminal.ts'

/** Commands a reader of the tutorial goes on with. Needs root, sshd, sudo, scp, net-tools, watch, kubectl and the AWS CLI. */

let lab: TestLab
beforeAll(async () => {
  lab = await startTestLab()
})
afterAll(async () => {
  expect((await lab.down()).exit).toBe(0)
})

interface Case {
  readonly command: string
  readonly out: RegExp
  readonly exit?: number
  readonly because: string
}

describe('a script at the bastion', () => {
  test.each<Case>([
    { command: 'hostname', out: /^ip-192-168-1-100\n$/, because: 'the name is the bastion’s' },
    {
      command: 'echo $N1 $N2 $N3',
      out: /^192\.168\.1\.138 192\.168\.2\.91 192\.168\.3\.20\n$/,
      because: 'earlier chapters left the nodes',
    },
    {
      command: 'echo $PODIP1 $PODIP2 $PODIP3',
      out: /^192\.168\.1\.239 192\.168\.2\.84 192\.168\.3\.143\n$/,
      because: 'and the pods',
    },
    {
      command: 'kubectl get nodes',
      out: /^NAME +STATUS +ROLES +AGE +VERSION\n(ip-192-168-\S+ +Ready +<none> .*\n){3}$/,
      because: 'KUBECONFIG leads to the API server in the VPC',
    },
    {
      command: 'kubectl config view --minify -o jsonpath="{.clusters[0].cluster.server}"',
      out: /^https:\/\/[0-9A-F]{32}\.gr7\.ap-northeast-2\.eks\.amazonaws\.com$/,
      because: 'not to the host’s loopback, and by the name that EKS gives',
    },
    {
      command: 'aws sts get-caller-identity --query Account --output text',
      out: /^111122223333\n$/,
      because: 'the profile has the lab’s credentials',
    },
    {
      command:
        'aws ec2 describe-instances --query "Reservations[].Instances[].PrivateIpAddress" --output text | tr "\\t" "\\n" | sort',
      out: /^192\.168\.1\.100\n192\.168\.1\.138\n192\.168\.2\.91\n192\.168\.3\.20\n$/,
      because: 'EC2 answers inside as well',
    },
    {
      command: 'ssh ec2-user@$N1 hostname',
      out: /^ip-192-168-1-138\.ap-northeast-2\.compute\.internal\n$/,
      because: 'the name is the node’s',
    },
    {
      command: 'ssh ec2-user@$N1 grep PRETTY_NAME /etc/os-release',
      out: /^PRETTY_NAME="Amazon Linux 2"\n$/,
      because: 'it says what kubectl get nodes -o wide says',
    },
    { command: 'ssh ec2-user@$N2 id -un', out: /^ec2-user\n$/, because: 'the user is the node’s' },
    { command: 'ssh ec2-user@$N2 sudo id -un', out: /^root\n$/, because: 'sudo asks for no password' },
    {
      command: 'ssh ec2-user@$N1 "getent passwd | cut -d: -f1,3 | grep -E \':[0-9]{4}$\'"',
      out: /^ec2-user:1000\n$/,
      because: 'no person of the host is there',
    },
    {
      command: 'ssh ec2-user@$N1 "ls /home; sudo ls /etc/ssh | grep -c ssh_host"',
      out: /^ec2-user\n1\n$/,
      because: 'nor a home or key of the host',
    },
    {
      command: 'ssh ec2-user@$N3 exit 42',
      out: /^$/,
      exit: 42,
      because: 'the exit status comes through ssh and podpath',
    },
    {
      command: 'ssh ec2-user@$N1 route -n',
      out: /^Kernel IP routing table\nDestination +Gateway[^]*\n0\.0\.0\.0 +192\.168\.1\.1 /,
      because: 'net-tools are on the path',
    },
    {
      command:
        'head -c 300000 /dev/urandom > /tmp/a; printf "put /tmp/a b\\nget b /tmp/c\\n" | sftp -q -b - ec2-user@$N1 > /dev/null && cmp /tmp/a /tmp/c && echo same',
      out: /^same\n$/,
      because: 'and so does sftp',
    },
    {
      command:
        'head -c 300000 /dev/urandom > a; scp -q a ec2-user@$N1:b; scp -q ec2-user@$N1:b c; cmp a c && echo same',
      out: /^same\n$/,
      because: 'scp carries octets as they are, there and back',
    },
    {
      command: 'for n in $N1 $N2 $N3 $N1; do ssh ec2-user@$n uname -n & done; wait',
      out: /^(ip-192-168-\S+\n){4}$/,
      because: 'sessions run side by side',
    },
    { command: 'ssh -o BatchMode=yes root@$N1 true', out: /^$/, exit: 255, because: 'root does not log in' },
    {
      command: 'ssh ec2-user@$N1 "grep $PODNAME1 /var/log/aws-routed-eni/plugin.log" | head -1',
      out: /^\{"level":"info","ts":"[-\d]{10}T[\d:.]{12}Z","caller":"[^"]+","msg":"Received CNI add request: /,
      because: 'the CNI plugin wrote down what it did',
    },
    {
      command: 'ssh ec2-user@$N1 cat /var/log/aws-routed-eni/ipamd.log | grep -c "IPv4Addr: $PODIP1,"',
      out: /^1\n$/,
      because: 'and so did ipamd',
    },
    { command: 'exit 7', out: /^$/, exit: 7, because: 'the exit status is the command’s' },
  ])('$command: $because', async ({ command, out, exit = 0 }) => {
    const outcome = await lab.script(command)
    expect(outcome.out).toMatch(out)
    expect(outcome.exit).toBe(exit)
  })

  test('every line of the CNI’s logs is JSON with the four keys of zap’s', async () => {
    const { out } = await lab.script('ssh ec2-user@$N1 cat "/var/log/aws-routed-eni/*.log"')
    const lines = out.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(8)
    for (const line of lines)
      expect(Object.keys(JSON.parse(line) as object)).toEqual(['level', 'ts', 'caller', 'msg'])
  })
})

test('what the CNI does for a pod is in its logs while it does it', async () => {
  const { out } = await lab.script(`
    (ssh -n ec2-user@$N1 'timeout 30 tail -n 0 -qF /var/log/aws-routed-eni/plugin.log /var/log/aws-routed-eni/ipamd.log 2>/dev/null | grep -m 3 -E "K8S_POD_NAME=logged|Received AddNetwork|AssignPodIPv4Address"') &
    sleep 3
    node=$(kubectl get nodes -o jsonpath="{.items[?(@.status.addresses[0].address=='$N1')].metadata.name}")
    kubectl run logged --image=pause --overrides='{"spec":{"nodeName":"'$node'"}}' > /dev/null
    wait
    kubectl delete pod logged --now > /dev/null`)
  const said = out
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
  expect(said).toHaveLength(3)
  expect(said.some((msg) => /^Received CNI add request: .*K8S_POD_NAME=logged/.test(msg))).toBe(true)
})

describe('a terminal at the bastion', () => {
  test('has the window’s size, at the node as well', async () => {
    const terminal = lab.terminal({ rows: 33, columns: 99 })
    await terminal.until(prompt)
    expect(await terminal.command('stty size')).toBe('33 99\n')
    expect(await terminal.command('ssh -t ec2-user@$N1 stty size')).toMatch(/^33 99\n/)
    expect(await terminal.close()).toBe(0)
  })

  test('Ctrl-C ends what runs, and not the shell', async () => {
    const terminal = lab.terminal()
    await terminal.until(prompt)
    terminal.type('sleep 1000\n')
    await terminal.until(/sleep 1000\n/)
    await new Promise((resolve) => setTimeout(resolve, 300))
    terminal.type(ctrlC)
    await terminal.until(/\^C\n\[root@.*# $/)
    expect(await terminal.command('echo $?')).toBe('130\n')
    expect(await terminal.close()).toBe(0)
  })

  test('a window that changes changes at the node too', async () => {
    const terminal = lab.terminal({ rows: 33, columns: 99 })
    await terminal.until(prompt)
    terminal.type(
      '(sleep 4; stty -F $(tty) cols 77 rows 22) & ssh -t ec2-user@$N1 "stty size; until stty size | grep 77; do sleep 0.2; done"\n',
    )
    await terminal.until(/33 99\n[^]*22 77\n[^]*[#$] $/)
    await terminal.close()
  })

  test('watch shows the node’s counters until Ctrl-C', async () => {
    const terminal = lab.terminal({ rows: 24, columns: 80 })
    await terminal.until(prompt)
    terminal.type('TERM=vt100 ssh -t ec2-user@$N1 "watch -n 1 sudo iptables -t nat -S"\n')
    await terminal.until(/-P PREROUTING ACCEPT[^]*AWS-SNAT-CHAIN-0/)
    terminal.type(ctrlC)
    expect(await terminal.close()).toBeGreaterThanOrEqual(0)
  })

  test('tcpdump streams until Ctrl-C, and says what it counted', async () => {
    const terminal = lab.runOnTerminal(
      'bash',
      '-c',
      'ssh -t ec2-user@$N1 "sudo tcpdump -lni any icmp and host 192.168.3.20"; echo left with $?',
    )
    await terminal.until(/listening on any/)
    await lab.script('ssh ec2-user@$N1 ping -c 2 -i 0.2 $N3')
    await terminal.until(/ICMP echo request, id \d+, seq 2/)
    terminal.type(ctrlC)
    expect(await terminal.until(/left with \d+/)).toMatch(/\d+ packets captured[^]*left with 0/)
  })

  test('the window’s end is the end of the tcpdump in it', async () => {
    const terminal = lab.runOnTerminal('bash', '-c', 'ssh -t ec2-user@$N2 sudo tcpdump -i any -nn port 9')
    await terminal.until(/listening on any/)
    const count = async () => (await lab.script('ssh ec2-user@$N2 pgrep -c tcpdump')).out
    expect(await count()).toBe('1\n')
    await terminal.hangUp()
    await expect.poll(count, { timeout: 20_000, interval: 500 }).toBe('0\n')
  })

  test('gives the command’s exit status', async () => {
    const terminal = lab.runOnTerminal('bash', '-c', 'kubectl exec -it $PODNAME1 -- sh -c "exit 5"')
    await expect(terminal.ended).resolves.toBe(5)
  })
})
