import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownKubectl } from '../own-kubectl.ts'
import { podOf } from './idle-pod.ts'
import { labProcesses, sandboxOf } from './lab-processes.ts'
import { labUp, type TestLab } from './lab.ts'

/** What pods find in their file systems, and how long they may live. Needs root and kubectl. */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=volumes'])
})
afterAll(async () => {
  await lab?.down()
})

const runs = async (object: { readonly metadata: { readonly name: string } }): Promise<void> => {
  await lab.apply(object)
  await lab.kubectl('wait', '--for=condition=Ready', `pod/${object.metadata.name}`, '--timeout=25s')
}
const inPod = (name: string, script: string) => lab.kubectl('exec', name, '--', 'sh', '-c', script)

describe('the service account of a pod', () => {
  const account = '/var/run/secrets/kubernetes.io/serviceaccount'
  const ask = (path: string) =>
    `cd ${account} && curl -s -m 5 --cacert ca.crt -H "Authorization: Bearer $(cat token)" https://kubernetes.default.svc${path}`

  test('is known to the API server, with no rights of its own', async () => {
    const { output } = await lab.inPod(1, ask('/api/v1/namespaces/default/pods'))
    expect(JSON.parse(output)).toMatchObject({
      code: 403,
      message: expect.stringContaining('User "system:serviceaccount:default:default" cannot list') as string,
    })
    expect((await lab.inPod(1, `cat ${account}/namespace`)).output).toBe('default')
  })

  test('has the rights that a role gives it', async () => {
    await lab.kubectl('create', 'role', 'reader', '--verb=list,get', '--resource=pods')
    await lab.kubectl('create', 'rolebinding', 'reader', '--role=reader', '--serviceaccount=default:default')
    const { output } = await lab.inPod(1, ask('/api/v1/namespaces/default/pods'))
    expect((JSON.parse(output) as { items: unknown[] }).items).toHaveLength(3)
    // A pod sees the machine's programs; the kubectl that the set-up brought is none of them.
    if (ownKubectl !== undefined) await lab.kubectl('cp', ownKubectl, `${lab.pods[0]}:/tmp/kubectl`)
    const kubectl = ownKubectl === undefined ? 'kubectl' : '/tmp/kubectl'
    const inCluster = await lab.inPod(1, `env -u KUBECONFIG ${kubectl} get pods -o name | wc -l`)
    expect(inCluster.output).toBe('3\n')
    await lab.kubectl('delete', 'rolebinding', 'reader')
    expect(JSON.parse((await lab.inPod(1, ask('/api/v1/namespaces/default/pods'))).output)).toMatchObject({
      code: 403,
    })
  })

  test('is not there for who wants none', async () => {
    await runs(podOf('alone', { automountServiceAccountToken: false }))
    expect(await inPod('alone', `ls ${account} 2>/dev/null || echo none`)).toBe('none\n')
  })
})

describe('volumes', () => {
  test('configMaps, secrets, projections and directories are where the pod wants them', async () => {
    await lab.kubectl('create', 'configmap', 'settings', '--from-literal=a=1', '--from-literal=b=two')
    await lab.kubectl('create', 'secret', 'generic', 'password', '--from-literal=word=open sesame')
    await runs(
      podOf(
        'full',
        {
          volumes: [
            { name: 'settings', configMap: { name: 'settings' } },
            { name: 'password', secret: { secretName: 'password', defaultMode: 0o400 } },
            { name: 'cache', emptyDir: {} },
            {
              name: 'about',
              downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] },
            },
            { name: 'log', hostPath: { path: '/var/log/aws-routed-eni', type: 'Directory' } },
          ],
        },
        {
          volumeMounts: [
            { name: 'settings', mountPath: '/etc/settings' },
            { name: 'settings', mountPath: '/etc/only-a', subPath: 'a' },
            { name: 'password', mountPath: '/password', readOnly: true },
            { name: 'cache', mountPath: '/cache' },
            { name: 'about', mountPath: '/about' },
            { name: 'log', mountPath: '/host/log', readOnly: true },
          ],
        },
      ),
    )
    const seen = await inPod(
      'full',
      'ls /etc/settings; cat /etc/settings/b /etc/only-a /password/word /about/name; echo; stat -L -c %a /password/word; echo kept > /cache/x; cat /cache/x; (echo x > /password/y) 2>&1 | grep -o "Read-only.*"; ls /host/log',
    )
    expect(seen).toBe('a\nb\ntwo1open sesamefull\n400\nkept\nRead-only file system\nipamd.log\nplugin.log\n')
  })

  test('an emptyDir lives as long as its pod, whatever becomes of its sandbox, and no longer', async () => {
    const own = (name: string, program: string) =>
      podOf(
        name,
        { volumes: [{ name: 'e', emptyDir: {} }] },
        {
          command: ['sleep', program],
          volumeMounts: [
            { name: 'e', mountPath: '/cache' },
            { name: 'e', mountPath: '/sub', subPath: 'sub' },
          ],
        },
      )
    await runs(own('keeps', '4713'))
    await inPod(
      'keeps',
      'echo one > /cache/one; echo two > /sub/two; mkdir -m 0700 /cache/closed; chmod 0750 /cache; echo three > /tmp/three',
    )
    process.kill(sandboxOf(labProcesses(lab.record.pid), '4713').pid, 'SIGKILL')
    await expect
      .poll(() => lab.kubectl('get', 'events', '--field-selector=involvedObject.name=keeps'), {
        timeout: 20_000,
      })
      .toContain('SandboxChanged')
    await lab.kubectl('wait', '--for=condition=Ready', 'pod/keeps', '--timeout=25s')
    expect(
      await inPod(
        'keeps',
        'cat /cache/one /cache/sub/two /sub/two; stat -c %a /cache /cache/closed; ls /tmp; echo more >> /sub/two',
      ),
    ).toBe('one\ntwo\ntwo\n750\n700\n')
    await lab.kubectl('delete', 'pod', 'keeps', '--now')
    await runs(own('keeps', '4713'))
    expect(await inPod('keeps', 'ls /cache /cache/sub')).toBe('/cache:\nsub\n\n/cache/sub:\n')
    await lab.kubectl('delete', 'pod', 'keeps', '--now')
  })

  test.each(['', 'DirectoryOrCreate'])('a hostPath of type %j that is not there is made', async (type) => {
    const name = type === '' ? 'makes' : 'makes-too'
    await runs(
      podOf(
        name,
        { volumes: [{ name: 'v', hostPath: { path: `/var/lib/${name}/it`, type } }] },
        { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      ),
    )
    expect(await inPod(name, 'echo kept > /v/one; cat /v/one')).toBe('kept\n')
  })

  test('what a configMap says later reaches the pod, whole', async () => {
    await lab.kubectl('patch', 'configmap', 'settings', '-p', '{"data":{"b":"three","c":"new"}}')
    expect(await inPod('full', 'cat /etc/settings/b; ls /etc/settings')).toBe('threea\nb\nc\n')
  })

  test.each([
    {
      volume: { configMap: { name: 'nowhere' } },
      says: 'MountVolume.SetUp failed for volume "v" : configmap "nowhere" not found',
    },
    {
      volume: { hostPath: { path: '/var/nothing', type: 'Directory' } },
      says: 'MountVolume.SetUp failed for volume "v" : hostPath type check failed: /var/nothing does not exist',
    },
    {
      volume: { nfs: { server: '192.0.2.1', path: '/' } },
      says: 'MountVolume.SetUp failed for volume "v" : the lab has no volumes of type nfs',
    },
  ])('one that cannot be: $says', async ({ volume, says }) => {
    await lab.apply(
      podOf(
        'waiting',
        { volumes: [{ name: 'v', ...volume }] },
        { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      ),
    )
    const events = () =>
      lab.kubectl('get', 'events', '--field-selector=involvedObject.name=waiting,reason=FailedMount')
    await expect.poll(events, { timeout: 20_000 }).toContain(says)
    expect(await lab.kubectl('get', 'pod', 'waiting', '--no-headers')).toMatch(/0\/1 +ContainerCreating/)
    await lab.kubectl('delete', 'pod', 'waiting', '--now')
    await lab.kubectl('delete', 'events', '--all')
  })

  test('kubectl debug node has the node below /host', async () => {
    const node = lab.nodes[1] ?? ''
    await lab.kubectl('debug', `node/${node}`, '--image=busybox', '--', 'sleep', '600')
    const [name = ''] = (await lab.kubectl('get', 'pods', '-o', 'name')).match(/node-debugger\S+/) ?? []
    await lab.kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=25s')
    expect(
      await inPod(
        name,
        'cat /host/etc/hostname; chroot /host ls /opt /var/log/aws-routed-eni; touch /host/var/log/mine',
      ),
    ).toBe(`${node}\n/opt:\ncni\npodpath\n\n/var/log/aws-routed-eni:\nipamd.log\nplugin.log\n`)
    expect((await lab.onNode(2, 'ls /proc/1/root/var/log/mine')).output).toBe('/proc/1/root/var/log/mine\n')
    await lab.kubectl('delete', 'pod', name, '--now')
  })
})

test('a pod ends where it stands when its time is over', async () => {
  await runs(podOf('short', { activeDeadlineSeconds: 4 }))
  await lab.kubectl('wait', '--for=jsonpath={.status.phase}=Failed', 'pod/short', '--timeout=25s')
  const { status } = JSON.parse(await lab.kubectl('get', 'pod', 'short', '-o', 'json')) as {
    status: { reason: string; message: string; podIP?: string }
  }
  expect(status).toMatchObject({
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  })
  expect(status.podIP).toBeUndefined()
  await lab.kubectl('delete', 'pod', 'short')
})
