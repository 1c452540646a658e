import { expect, test } from 'vitest'
import { agentManifests } from './manifests.ts'

test('an agent has no more memory than its namespace allows', () => {
  const [pod] = agentManifests({ suffix: '1', settings: { memoryLimit: '256Mi' }, nodes: ['n1'] }).pods
  expect(JSON.stringify(pod?.spec)).toContain('"limits":{"memory":"256Mi"}')
})

test('what is created in the cluster, to the letter', () => {
  expect(agentManifests({ suffix: '1f3a', settings: {}, nodes: ['n1'] })).toMatchInlineSnapshot(`
    {
      "namespace": {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
          "labels": {
            "app.kubernetes.io/managed-by": "podpath",
            "pod-security.kubernetes.io/audit": "privileged",
            "pod-security.kubernetes.io/enforce": "privileged",
            "pod-security.kubernetes.io/warn": "privileged",
          },
          "name": "podpath-1f3a",
        },
      },
      "pods": [
        {
          "apiVersion": "v1",
          "kind": "Pod",
          "metadata": {
            "labels": {
              "app.kubernetes.io/instance": "1f3a",
              "app.kubernetes.io/managed-by": "podpath",
              "app.kubernetes.io/name": "podpath-agent",
            },
            "name": "podpath-agent-1f3a-1",
            "namespace": "podpath-1f3a",
          },
          "spec": {
            "activeDeadlineSeconds": 900,
            "automountServiceAccountToken": false,
            "containers": [
              {
                "command": [
                  "sleep",
                  "900",
                ],
                "image": "docker.io/nicolaka/netshoot:v0.13",
                "imagePullPolicy": "IfNotPresent",
                "name": "agent",
                "resources": {
                  "limits": {
                    "memory": "512Mi",
                  },
                  "requests": {
                    "cpu": "10m",
                    "memory": "32Mi",
                  },
                },
                "securityContext": {
                  "appArmorProfile": {
                    "type": "Unconfined",
                  },
                  "capabilities": {
                    "add": [
                      "NET_ADMIN",
                      "NET_RAW",
                      "SYS_ADMIN",
                      "SYS_PTRACE",
                    ],
                    "drop": [
                      "ALL",
                    ],
                  },
                  "runAsUser": 0,
                },
              },
            ],
            "dnsPolicy": "Default",
            "enableServiceLinks": false,
            "hostNetwork": true,
            "hostPID": true,
            "nodeName": "n1",
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "tolerations": [
              {
                "operator": "Exists",
              },
            ],
          },
        },
      ],
    }
  `)
})

test('one for each node, and whatever the user chose', () => {
  const { pods } = agentManifests({
    suffix: 'x',
    settings: {
      image: 'registry.example/tools:1',
      pullPolicy: 'Always',
      lifetimeSeconds: 60,
    },
    nodes: ['n1', 'n2'],
  })
  expect(pods.map(({ metadata, spec }) => [metadata.name, spec.nodeName])).toEqual([
    ['podpath-agent-x-1', 'n1'],
    ['podpath-agent-x-2', 'n2'],
  ])
  expect(pods[0]?.spec).toMatchObject({
    restartPolicy: 'Never',
    activeDeadlineSeconds: 60,
    containers: [{ image: 'registry.example/tools:1', imagePullPolicy: 'Always', command: ['sleep', '60'] }],
  })
})

test('a namespace that is there already is used, and none is created', () => {
  const made = agentManifests({
    suffix: 'x',
    settings: { namespace: 'podpath', pullSecret: 'registry' },
    nodes: ['n1'],
  })
  expect(made.namespace).toBeNull()
  expect(made.pods[0]).toMatchObject({
    metadata: { namespace: 'podpath', labels: { 'app.kubernetes.io/managed-by': 'podpath' } },
    spec: { imagePullSecrets: [{ name: 'registry' }] },
  })
})
