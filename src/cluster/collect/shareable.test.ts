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
