import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, startTestCluster, type TestCluster } from './test-cluster.ts'
import { kubectlOf, kubectlVersions } from './kubectl-versions.ts'

/**
 * Needs root (network namespaces), kubectl, and npm for the others. The same commands with kubectl of many years: the
 * one on the path, every minor version that stands beside it (`kubectl.1.31`, as some distributions keep them), and
 * those that npm has. Up to 1.29 they run commands over SPDY, from 1.30 on over WebSocket.
 */
const onPath =
  (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'kubectl'))
    .find(existsSync) ?? ''
const folder = dirname(realpathSync(onPath))
const siblings = readdirSync(folder).filter((name) => /^kubectl\.1\.\d\d$/.test(name))
const programs = [
  'kubectl',
  ...siblings.map((name) => join(folder, name)),
  ...(await Promise.all(kubectlVersions.map(kubectlOf))),
]

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(async () => {
  await cluster.stop()
  expect(cluster.errors).toEqual([])
})

describe.each(programs)('%s', (program) => {
  const id = `v${String(programs.indexOf(program))}`
  const deployment = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"app${id}"},"spec":{"selector":{"matchLabels":{"a":"b${id}"}},"template":{"metadata":{"labels":{"a":"b${id}"}},"spec":{"containers":[{"name":"c","image":"pause"}]}}}}`

  test.each<{ readonly command: string; readonly input?: string; readonly prints: RegExp }>([
    { command: 'get nodes', prints: /^NAME +STATUS +ROLES +AGE +VERSION\n(ip-.* Ready .*\n){3}$/ },
    { command: `create configmap cm${id} --from-literal=a=b`, prints: /^configmap\/cm\w+ created\n$/ },
    {
      command: `create deployment web${id} --image=nginx --replicas=1`,
      prints: /^deployment.apps\/web\w+ created\n$/,
    },
    { command: `rollout status deploy/web${id} --timeout=30s`, prints: /successfully rolled out\n$/ },
    { command: 'apply -f -', input: deployment, prints: /^deployment.apps\/app\w+ created\n$/ },
    { command: 'apply -f -', input: deployment, prints: /^deployment.apps\/app\w+ unchanged\n$/ },
    {
      command: 'apply --server-side -f -',
      input: deployment.replace('"name":"app', '"name":"ssa'),
      prints: /serverside-applied\n$/,
    },
    { command: `exec deploy/netshoot-pod -- sh -c 'echo out; exit 0'`, prints: /^out\n$/ },
    { command: 'exec -i deploy/netshoot-pod -- cat', input: 'piped\n', prints: /^piped\n$/ },
    {
      command: `logs deploy/web${id} >/dev/null; until ${program} logs deploy/web${id} | grep .; do sleep 0.1; done`,
      prints: /^listening on port 80\n$/,
    },
    { command: 'auth can-i create pods', prints: /^yes\n$/ },
    { command: `get deploy web${id} -o jsonpath={.status.readyReplicas}`, prints: /^1$/ },
    { command: 'explain deployment.spec.strategy.rollingUpdate', prints: /maxSurge\t<(string|Object)>/ },
    {
      command: 'diff -f - | grep "^[-+] .*image:"; test ${PIPESTATUS[0]} = 1',
      input: deployment.replace('pause', 'nginx'),
      prints: /^- +- image: pause\n\+ +- image: nginx\n$/,
    },
    {
      command: 'apply --dry-run=server -f -',
      input: deployment.replace('pause', 'nginx'),
      prints: /^deployment.apps\/app\w+ configured \(server dry run\)\n$/,
    },
    {
      // Whatever the lab holds is well-formed by its own description of it.
      command: `get all,cm,secrets,sa,nodes,ns,ep,endpointslices,clusterroles,clusterrolebindings,leases,ev -A -o yaml | ${program} apply --dry-run=client -f - 2>/dev/null | grep -c 'dry run'; test \${PIPESTATUS[1]} = 0`,
      prints: /^\d\d+\n$/,
    },
    {
      command: 'apply -f - 2>&1 | grep -o "unknown field .*kontainers"; test ${PIPESTATUS[0]} = 1',
      input: deployment.replace('containers', 'kontainers').replace('"name":"app', '"name":"bad'),
      prints: /^unknown field \\?"(spec.template.spec.)?kontainers\n/,
    },
    {
      command: 'apply -f -',
      input: `{"apiVersion":"v1","kind":"List","items":[${deployment}]}`,
      prints: /^deployment.apps\/app\w+ unchanged\n$/,
    },
    { command: 'describe nodes', prints: /^Name: +ip-/ },
    { command: 'describe pods -A', prints: /^Name: +/ },
    { command: `set env deploy/web${id} COLOUR=blue`, prints: /^deployment.apps\/web\w+ env updated\n$/ },
    { command: `rollout status deploy/web${id} --timeout=30s`, prints: /successfully rolled out\n$/ },
    { command: `rollout undo deploy/web${id}`, prints: /^deployment.apps\/web\w+ rolled back\n$/ },
    { command: `scale deploy web${id} --replicas=2`, prints: /^deployment.apps\/web\w+ scaled\n$/ },
    {
      command: `wait --for=condition=Available deploy/web${id} --timeout=20s`,
      prints: /condition met\n$/,
    },
    { command: 'get pods -A -o wide', prints: /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE +IP +NODE/ },
    { command: 'api-resources', prints: /\ndeployments +deploy +apps\/v1 +true +Deployment\n/ },
    {
      command: `delete deploy web${id} app${id} ssa${id}`,
      prints: /^(deployment.apps "\w+" deleted.*\n){3}$/,
    },
  ])('$command', async ({ command, input, prints }) => {
    const { stdout, stderr, exit } = await run(`${program} ${command}`, cluster.environment, input)
    expect({ exit, stderr: exit === 0 ? '' : stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toMatch(prints)
  })

  test('port-forward reaches a server in a pod', async () => {
    await run(
      `kubectl run served${id} --image=traefik/whoami && kubectl wait --for=condition=Ready pod/served${id}`,
      cluster.environment,
    )
    await expect.poll(async () => (await cluster.kubectl(`logs served${id}`)).stdout).toContain('listening')
    // The local port is one that nobody has: kubectl says which.
    const script = `
      ${program} port-forward pod/served${id} :80 > $HOME/forward${id} & forward=$!
      for try in $(seq 100); do port=$(sed -n 's/^Forwarding from 127.0.0.1:\\([0-9]*\\) .*/\\1/p' $HOME/forward${id}); [ -n "$port" ] && break; sleep 0.1; done
      for path in one two; do curl -s -m 5 http://127.0.0.1:$port/$path; done
      kill $forward`
    const { stdout } = await run(script, cluster.environment)
    expect(stdout).toContain('GET /one HTTP/1.1')
    expect(stdout).toContain('GET /two HTTP/1.1')
  })
})
