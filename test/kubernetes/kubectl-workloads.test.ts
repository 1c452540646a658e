import { describe, expect, test } from 'vitest'
import { cluster, node3 } from './kubectl-cluster.ts'
import { run } from './test-cluster.ts'

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
