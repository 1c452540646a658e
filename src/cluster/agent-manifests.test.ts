import { expect, test } from 'vitest'
import { agentManifests } from './agent-manifests.ts'

test('what is created in the cluster, to the letter', () => {
  expect(agentManifests({ suffix: '1f3a' })).toMatchInlineSnapshot(`
    {
      "daemonSet": {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
          "labels": {
            "app.kubernetes.io/managed-by": "podpath",
            "app.kubernetes.io/name": "podpath-agent",
          },
          "name": "podpath-agent",
          "namespace": "podpath-1f3a",
        },
        "spec": {
          "selector": {
            "matchLabels": {
              "app.kubernetes.io/name": "podpath-agent",
            },
          },
          "template": {
            "metadata": {
              "labels": {
                "app.kubernetes.io/managed-by": "podpath",
                "app.kubernetes.io/name": "podpath-agent",
              },
            },
            "spec": {
              "automountServiceAccountToken": false,
              "containers": [
                {
                  "command": [
                    "sleep",
                    "3600",
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
              "nodeSelector": {
                "kubernetes.io/os": "linux",
              },
              "terminationGracePeriodSeconds": 0,
              "tolerations": [
                {
                  "operator": "Exists",
                },
              ],
            },
          },
        },
      },
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
    }
  `)
})

test('on some nodes only', () => {
  const { daemonSet } = agentManifests({
    suffix: 'x',
    hostnames: ['n1', 'n2'],
    image: 'registry.example/tools:1',
    lifetimeSeconds: 60,
  })
  expect(daemonSet.spec).toMatchObject({
    template: {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1', 'n2'] }],
                },
              ],
            },
          },
        },
        containers: [{ image: 'registry.example/tools:1', command: ['sleep', '60'] }],
      },
    },
  })
})
