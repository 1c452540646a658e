import { expect, test } from 'vitest'
import { shareable } from './shareable.ts'

test('what may hold secrets is left out, and what selectors select by stays', () => {
  expect(
    shareable({
      metadata: {
        name: 'web',
        labels: { env: 'prod', command: 'x' },
        managedFields: [{}],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"env":"secret"}', keep: 'me' },
      },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'i',
            env: [{ name: 'PASSWORD', value: 'secret' }],
            args: ['--key=secret'],
            ports: [{ containerPort: 80 }],
          },
        ],
      },
    }),
  ).toEqual({
    metadata: { name: 'web', labels: { env: 'prod', command: 'x' }, annotations: { keep: 'me' } },
    spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] },
  })
})

test('the variables of the VPC CNI and the switch of its policy agent stay, and nothing beside them', () => {
  expect(
    shareable({
      spec: {
        containers: [
          {
            name: 'aws-eks-nodeagent',
            env: [
              { name: 'AWS_VPC_K8S_CNI_EXTERNALSNAT', value: 'true' },
              { name: 'AWS_SECRET_ACCESS_KEY', value: 'secret' },
              { name: 'POD_MTU', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            ],
            args: [
              '--enable-network-policy=true',
              '--enable-network-policy=true --key=secret',
              '--key=secret',
              7,
            ],
          },
        ],
      },
    }),
  ).toEqual({
    spec: {
      containers: [
        {
          name: 'aws-eks-nodeagent',
          env: [{ name: 'AWS_VPC_K8S_CNI_EXTERNALSNAT', value: 'true' }],
          args: ['--enable-network-policy=true'],
        },
      ],
    },
  })
})
