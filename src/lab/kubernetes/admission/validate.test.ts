import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../objects/meta.ts'
import { configMaps, pods, secrets } from '../resources.ts'
import { validate } from './validate.ts'

/** What the real server refuses because it becomes names of files and directories (pkg/apis/core/validation). */

const metadata = { name: 'x', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
const refusal = (of: typeof pods | typeof configMaps | typeof secrets, object: object): string => {
  try {
    validate(of, { metadata, ...object } as unknown as KubeObject, undefined)
    return 'admitted'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
const podWith = (volumes: readonly object[], volumeMounts: readonly object[]): object => ({
  spec: { containers: [{ name: 'c', image: 'i', volumeMounts }], volumes },
})

describe('volumes of a pod', () => {
  test.each([
    {
      because: 'two of one name, which would be one directory',
      object: podWith(
        [
          { name: 'v', emptyDir: {} },
          { name: 'v', configMap: { name: 'm' } },
        ],
        [],
      ),
      says: 'spec.volumes[1].name: Duplicate value: "v"',
    },
    {
      because: 'two at one place',
      object: podWith(
        [{ name: 'v', emptyDir: {} }],
        [
          { name: 'v', mountPath: '/w' },
          { name: 'v', mountPath: '/w' },
        ],
      ),
      says: 'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/w": must be unique',
    },
  ])('$because', ({ object, says }) => {
    expect(refusal(pods, object)).toContain(says)
  })

  test('several of several names are admitted', () => {
    const object = podWith(
      [
        { name: 'v', emptyDir: {} },
        { name: 'w', emptyDir: {} },
      ],
      [
        { name: 'v', mountPath: '/v' },
        { name: 'v', mountPath: '/w' },
      ],
    )
    expect(refusal(pods, object)).toBe('admitted')
  })
})

describe('keys of a config map and of a secret', () => {
  test.each(['..', '.', '../x', 'a/b', '..data', '/etc/passwd', 'a\n', '', 'x'.repeat(254)])('%j', (key) => {
    for (const of of [configMaps, secrets])
      for (const member of ['data', 'binaryData'])
        if (of === configMaps || member === 'data')
          expect(refusal(of, { [member]: { [key]: '' } })).toContain('a valid config key must consist of')
  })
  test.each(['a', '.hidden', 'a..b', 'A_b-c.d', 'x'.repeat(253)])('%j is one', (key) => {
    for (const of of [configMaps, secrets]) expect(refusal(of, { data: { [key]: '' } })).toBe('admitted')
  })
})
