import { expect, test } from 'vitest'
import { describeRequest } from './error.ts'

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
