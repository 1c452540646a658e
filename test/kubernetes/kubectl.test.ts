import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, startTestCluster, type TestCluster } from './test-cluster.ts'

/** Needs root (network namespaces) and kubectl. Every row is a command as a person types it, and what it prints. */

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(async () => {
  await cluster.stop()
  expect(cluster.errors).toEqual([])
})

/** Ages differ from run to run, and so does the padding that follows from them. */
const settled = (text: string): string =>
  text
    .replaceAll(/\b\d+m?\d*s\b/g, 'AGE')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ $/gm, '')

const [node1, node2, node3] = ['1-138', '2-77', '3-20'].map(
  (end) => `ip-192-168-${end}.ap-northeast-2.compute.internal`,
) as [string, string, string]

const podNames = async (): Promise<readonly string[]> =>
  (await cluster.kubectl('get pods -l app=netshoot-pod -o name')).stdout
    .trim()
    .replaceAll('pod/', '')
    .split('\n')

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

describe('programs in pods', () => {
  test('exec passes output, errors and the exit status on', async () => {
    const [pod] = await podNames()
    const said = await cluster.kubectl(`exec ${pod} -- sh -c 'hostname; echo wrong >&2; exit 7'`)
    expect(said).toEqual({
      exit: 7,
      stdout: `${pod}\n`,
      stderr: 'wrong\ncommand terminated with exit code 7\n',
    })
  })

  test('exec passes input on, to its end and octet by octet', async () => {
    const [pod] = await podNames()
    const said = await cluster.kubectl(`exec -i ${pod} -- sha256sum`, 'x'.repeat(300_000))
    expect(said.stdout).toBe(`${createHash('sha256').update('x'.repeat(300_000)).digest('hex')}  -\n`)
  })

  test('logs come whole, from the end, and go on until the container ends', async () => {
    await cluster.kubectl(
      `run counter --image=busybox --restart=Never --command -- sh -c 'for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done'`,
    )
    await cluster.kubectl('wait --for=condition=PodReadyToStartContainers pod/counter --timeout=20s')
    expect((await cluster.kubectl('logs -f counter')).stdout).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n')
    expect((await cluster.kubectl('logs --tail=2 counter')).stdout).toBe('line 4\nline 5\n')
    expect((await cluster.kubectl('get pod counter --no-headers')).stdout).toMatch(
      /^counter +0\/1 +Completed +0 /,
    )
    await cluster.kubectl('delete pod counter --now')
  })

  test('run --rm -i runs, prints and leaves nothing behind', async () => {
    const said = await cluster.kubectl(
      `run once --rm -i --image=busybox --restart=Never --command -- sh -c 'read word; echo got $word'`,
      'hello\n',
    )
    expect(said.stdout).toContain('got hello\n')
    expect((await cluster.kubectl('get pod once')).stderr).toContain('pods "once" not found')
  })

  test('a container that fails is restarted, then waits, and says so', async () => {
    await cluster.kubectl('run crash --image=busybox --command -- sh -c "exit 3"')
    const waited = await cluster.kubectl(
      `wait --for=jsonpath='{.status.containerStatuses[0].state.waiting.reason}'=CrashLoopBackOff pod/crash --timeout=20s`,
    )
    expect(waited.exit).toBe(0)
    const { stdout } = await cluster.kubectl('get pod crash --no-headers')
    expect(stdout).toMatch(/^crash +0\/1 +CrashLoopBackOff +1 /)
    const events = await cluster.kubectl('events --for pod/crash --no-headers')
    expect(events.stdout).toContain('Back-off restarting failed container crash in pod crash_default(')
    await cluster.kubectl('delete pod crash --now')
  })

  test('an image that the lab does not know pauses and says why', async () => {
    await cluster.kubectl('run unknown --image=example.com/strange:1')
    await cluster.kubectl('wait --for=condition=Ready pod/unknown --timeout=20s')
    const { stdout } = await cluster.kubectl('describe pod unknown')
    expect(stdout).toContain('The lab has no image registry: "example.com/strange:1" pauses.')
    await cluster.kubectl('delete pod unknown --now')
  })

  test('cp brings a file into a pod and out again', async () => {
    const [pod] = await podNames()
    const home = cluster.environment['HOME'] ?? ''
    await cluster.kubectl('version > $HOME/sent')
    expect((await cluster.kubectl(`cp ${home}/sent ${pod}:${home}/inside`)).exit).toBe(0)
    expect(
      (await cluster.kubectl(`cp ${pod}:${home}/inside ${home}/back && cmp ${home}/sent ${home}/back`)).exit,
    ).toBe(0)
  })
})

describe('workloads', () => {
  test('a deployment is made, exposed, scaled, rolled out and deleted', async () => {
    const steps: readonly (readonly [string, RegExp])[] = [
      ['create deployment web --image=nginx --replicas=2', /^deployment.apps\/web created\n$/],
      ['rollout status deploy/web --timeout=30s', /deployment "web" successfully rolled out\n$/],
      ['expose deploy web --port=80', /^service\/web exposed\n$/],
      [
        'get endpointslices -l kubernetes.io/service-name=web --no-headers',
        /^web-\w{5} +IPv4 +80 +192\.168\.\d\.\d+,192\.168\.\d\.\d+ /,
      ],
      ['scale deploy web --replicas=3', /^deployment.apps\/web scaled\n$/],
      ['wait --for=condition=Available deploy/web', /^deployment.apps\/web condition met\n$/],
      ['set env deploy/web COLOUR=blue', /^deployment.apps\/web env updated\n$/],
      ['rollout status deploy/web --timeout=30s', /deployment "web" successfully rolled out\n$/],
      ['rollout restart deploy/web', /^deployment.apps\/web restarted\n$/],
      ['rollout status deploy/web --timeout=30s', /deployment "web" successfully rolled out\n$/],
      ['rollout history deploy/web', /REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>\n3 +<none>\n/],
      ['rollout undo deploy/web --to-revision=1', /^deployment.apps\/web rolled back\n$/],
      ['rollout status deploy/web --timeout=30s', /deployment "web" successfully rolled out\n$/],
      ['get deploy web -o jsonpath={.spec.template.spec.containers[0].env}', /^$/],
      // kubectl says where since 1.34.
      [
        'delete deploy,svc web',
        /^deployment.apps "web" deleted(?: from default namespace)?\nservice "web" deleted(?: from default namespace)?\n$/,
      ],
      ['wait --for=delete pod -l app=web --timeout=60s', /.*/],
      ['get all -l app=web', /^$/],
    ]
    for (const [command, prints] of steps) {
      const { stdout, stderr, exit } = await cluster.kubectl(command)
      expect({ command, exit, stderr: exit === 0 ? '' : stderr }).toEqual({ command, exit: 0, stderr: '' })
      expect(stdout).toMatch(prints)
    }
  })

  test("what does not fit stays Pending with the scheduler's own words", async () => {
    await cluster.kubectl('create deployment many --image=pause --replicas=50')
    const events = async (): Promise<string> =>
      (
        await cluster.kubectl(
          'get events --field-selector reason=FailedScheduling -o jsonpath={.items[0].message}',
        )
      ).stdout
    await expect
      .poll(events, { timeout: 20_000 })
      .toBe(
        '0/3 nodes are available: 3 Too many pods. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
      )
    const placed = await cluster.kubectl('get pods -A --field-selector=status.phase!=Pending -o name | wc -l')
    // 17 pods a t3.medium, on three of them.
    await expect
      .poll(async () =>
        Number(
          (await cluster.kubectl('get pods -A --field-selector=status.phase=Running -o name | wc -l')).stdout,
        ),
      )
      .toBe(51)
    expect(Number(placed.stdout)).toBeLessThanOrEqual(51)
    await cluster.kubectl('delete deploy many --cascade=foreground')
    expect((await cluster.kubectl('get pods -l app=many')).stdout).toBe('')
  })

  test('a node is cordoned, drained and taken back', async () => {
    await cluster.kubectl('create deployment wander --image=pause --replicas=3')
    await cluster.kubectl('rollout status deploy/wander --timeout=30s')
    const drained = await cluster.kubectl(`drain ${node3} --ignore-daemonsets --timeout=60s`)
    expect(drained.stdout).toContain(`node/${node3} drained`)
    expect((await cluster.kubectl(`get node ${node3} --no-headers`)).stdout).toContain(
      'Ready,SchedulingDisabled',
    )
    const described = await cluster.kubectl(`describe node ${node3}`)
    expect(described.stdout).toMatch(
      /^Taints: +node\.kubernetes\.io\/unschedulable:NoSchedule\nUnschedulable: +true$/m,
    )
    expect(described.stdout).toContain(`Node ${node3} status is now: NodeNotSchedulable`)
    const { stdout } = await cluster.kubectl(`get pods -A --field-selector=spec.nodeName=${node3} -o name`)
    expect(stdout.replaceAll(/-\w{5}$/gm, '')).toBe('pod/aws-node\npod/kube-proxy\n')
    await cluster.kubectl(`uncordon ${node3}`)
    expect((await cluster.kubectl(`describe node ${node3}`)).stdout).toMatch(
      /^Taints: +<none>\nUnschedulable: +false$/m,
    )
    await cluster.kubectl('delete deploy wander')
  })

  test('a NoExecute taint drives out what does not bear it', async () => {
    await cluster.kubectl('create deployment driven --image=pause --replicas=3')
    await cluster.kubectl('rollout status deploy/driven --timeout=30s')
    await cluster.kubectl(`taint node ${node3} ill=yes:NoExecute`)
    const there = async (): Promise<string> =>
      (await cluster.kubectl(`get pods -A --field-selector=spec.nodeName=${node3} -o name`)).stdout
    await expect.poll(there, { timeout: 20_000 }).not.toContain('driven')
    // DaemonSets of the cluster itself bear everything.
    expect((await there()).replaceAll(/-\w{5}$/gm, '')).toBe('pod/aws-node\npod/kube-proxy\n')
    expect((await cluster.kubectl('events --types=Normal')).stdout).toMatch(
      /TaintManagerEviction +Pod\/driven-\S+ +Marking for deletion Pod default\/driven-/,
    )
    await cluster.kubectl(`taint node ${node3} ill-`)
    await cluster.kubectl('delete deploy driven')
  })

  test('a container that gets another image starts anew', async () => {
    await cluster.kubectl('run other --image=busybox --restart=Never --command -- sleep 1000')
    await cluster.kubectl('wait --for=condition=Ready pod/other --timeout=20s')
    await cluster.kubectl('set image pod/other other=alpine')
    const restarts = async (): Promise<string> =>
      (await cluster.kubectl('get pod other -o jsonpath={.status.containerStatuses[0].restartCount}')).stdout
    await expect.poll(restarts, { timeout: 20_000 }).toBe('1')
    expect((await cluster.kubectl('events --for pod/other')).stdout).toContain(
      'Container other definition changed, will be restarted',
    )
    await cluster.kubectl('delete pod other --now')
  })

  test('who cannot wait for a pod to end cuts its time short', async () => {
    await cluster.kubectl(
      `run deaf --image=busybox --command -- sh -c 'trap "" TERM; while :; do sleep 1; done'`,
    )
    await cluster.kubectl('wait --for=condition=Ready pod/deaf --timeout=20s')
    await cluster.kubectl('delete pod deaf --wait=false')
    const { exit } = await cluster.kubectl('delete pod deaf --now --timeout=20s')
    expect(exit).toBe(0)
  })

  test('apply, changed and applied again, keeps what it does not speak of', async () => {
    const manifest = (data: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept}\ndata: {${data}}\n`
    expect((await cluster.kubectl('apply -f -', manifest('a: "1", b: "2"'))).stdout).toBe(
      'configmap/kept created\n',
    )
    await cluster.kubectl(`patch cm kept --type=merge -p '{"data":{"c":"3"}}'`)
    expect((await cluster.kubectl('apply -f -', manifest('a: "1"'))).stdout).toBe(
      'configmap/kept configured\n',
    )
    expect((await cluster.kubectl('apply -f -', manifest('a: "1"'))).stdout).toBe(
      'configmap/kept unchanged\n',
    )
    expect((await cluster.kubectl('get cm kept -o jsonpath={.data}')).stdout).toBe('{"a":"1","c":"3"}')
    await cluster.kubectl('delete cm kept')
  })

  test('a list of objects is applied, and its fields are checked', async () => {
    const list = (field: string): string =>
      `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: listed}\n  ${field}: {a: "1"}\n`
    const refused = await cluster.kubectl('apply -f -', list('date'))
    expect(refused.exit).toBe(1)
    expect(refused.stderr).toContain('unknown field "date"')
    expect((await cluster.kubectl('apply -f -', list('data'))).stdout).toBe('configmap/listed created\n')
    expect((await cluster.kubectl('apply -f -', list('data'))).stdout).toBe('configmap/listed unchanged\n')
    await cluster.kubectl('delete cm listed')
  })

  test('server-side apply owns fields, refuses conflicts and can be forced', async () => {
    const manifest = (data: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {${data}}\n`
    const apply = (manager: string, data: string, more = '') =>
      cluster.kubectl(`apply --server-side --field-manager=${manager} ${more} -f -`, manifest(data))
    expect((await apply('one', 'a: "1", b: "2"')).stdout).toBe('configmap/owned serverside-applied\n')
    const refused = await apply('two', 'a: "9", c: "3"')
    expect(refused.stderr).toContain('Apply failed with 1 conflict: conflict with "one": .data.a')
    expect((await apply('two', 'a: "9", c: "3"', '--force-conflicts')).exit).toBe(0)
    expect((await apply('one', 'x: "y"')).exit).toBe(0)
    expect((await cluster.kubectl('get cm owned -o jsonpath={.data}')).stdout).toBe(
      '{"a":"9","c":"3","x":"y"}',
    )
    await cluster.kubectl('delete cm owned')
  })

  test('a namespace takes everything in it along', async () => {
    await cluster.kubectl('create namespace gone')
    await cluster.kubectl('create deployment web --image=nginx -n gone')
    await cluster.kubectl('rollout status deploy/web -n gone --timeout=30s')
    expect((await cluster.kubectl('delete namespace gone --timeout=60s')).stdout).toContain(
      'namespace "gone" deleted',
    )
    expect((await cluster.kubectl('get all,cm,sa,ev -n gone')).stdout).toBe('')
  })

  test('a watch tells of every change in its turn', async () => {
    // The line of what was there before says that the watch has begun.
    const { stdout } = await run(
      `kubectl create cm before >/dev/null; kubectl label cm before seen=yes >/dev/null
       exec 3< <(exec kubectl get cm -l seen=yes --watch -o name)
       watching=$!
       read -r line <&3
       kubectl create cm watched; kubectl label cm watched seen=yes; kubectl label cm watched colour=red; kubectl delete cm watched
       for _ in 1 2 3; do read -r -t 30 line <&3; echo "seen: $line"; done
       kill $watching; kubectl delete cm before`,
      cluster.environment,
    )
    expect(stdout.match(/^seen: .*/gm)).toEqual(Array(3).fill('seen: configmap/watched'))
  })
})
