import { expect, test } from 'vitest'
import { describeRequest, statusError } from './error.ts'

test.each([
  { method: 'GET', path: '/api/v1/pods', says: 'list pods' },
  { method: 'GET', path: '/api/v1/nodes/n1', says: 'get nodes n1' },
  { method: 'POST', path: '/api/v1/namespaces', says: 'create namespaces' },
  { method: 'DELETE', path: '/api/v1/namespaces/podpath-1f3a', says: 'delete namespaces podpath-1f3a' },
  {
    method: 'POST',
    path: '/apis/apps/v1/namespaces/podpath-1f3a/daemonsets',
    says: 'create daemonsets in namespace podpath-1f3a',
  },
  {
    method: 'GET',
    path: '/api/v1/namespaces/d/pods/p/exec?command=ip',
    says: 'get pods/exec p in namespace d',
  },
  { method: 'GET', path: '/apis/discovery.k8s.io/v1/endpointslices', says: 'list endpointslices' },
])('$method $path is to $says', ({ method, path, says }) => {
  expect(describeRequest({ method, path })).toBe(says)
})

const access = { server: 'https://api', context: 'c' }
const list = { method: 'GET', path: '/api/v1/pods' }
const createAgent = { method: 'POST', path: '/api/v1/namespaces/podpath-1/pods' }
const metrics = { method: 'GET', path: '/apis/discovery.k8s.io/v1/endpointslices' }

test.each([
  {
    because: 'one try is told as one',
    asked: list,
    status: 500,
    message: 'boom',
    tries: 1,
    says: 'https://api fails to list pods (500, boom): look at the API server',
  },
  {
    because: 'so are four',
    asked: list,
    status: 429,
    message: '',
    tries: 4,
    says: 'https://api has too much to do to list pods (429), after 4 tries: try again later',
  },
  {
    because: 'a webhook that fails is no fault of the API server',
    asked: createAgent,
    status: 500,
    message:
      'Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate?timeout=10s": context deadline exceeded',
    tries: 1,
    says: 'not the API server, the webhook validate.kyverno.svc-fail fails: see its service in `kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml`',
  },
  {
    because: 'a webhook that forbids is named',
    asked: createAgent,
    status: 403,
    message:
      'admission webhook "validation.gatekeeper.sh" denied the request: [no-host-pid] hostPID is not allowed',
    tries: 1,
    says: 'the webhook validation.gatekeeper.sh of the cluster does not allow it',
  },
  {
    because: 'an API that another server answers for',
    asked: metrics,
    status: 503,
    message: 'service unavailable',
    tries: 4,
    says: '(503, service unavailable), after 4 tries: what answers for this API is another server: look at `kubectl get apiservices`',
  },
  {
    because: 'a kubelet that the API server does not reach',
    asked: { method: 'GET', path: '/api/v1/namespaces/d/pods/p/exec?command=ip' },
    status: 500,
    message: 'error dialing backend: dial tcp 192.168.1.9:10250: i/o timeout',
    tries: 1,
    says: 'the API server does not reach the kubelet: look at the node and at port 10250',
  },
])('$because', ({ asked, status, message, tries, says }) => {
  expect(statusError(access, asked, { status, body: { message }, tries }).message).toContain(says)
})
