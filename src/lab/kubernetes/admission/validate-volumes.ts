import type { JsonObject } from '../objects/meta.ts'
import type { Container, PodSpec } from '../objects/pod.ts'
import type { FieldError } from '../status.ts'
import { duplicate, label, labelRule, required, wrong } from './field-rules.ts'

/**
 * The names and paths of a pod's volumes, as the real server asks for them (pkg/apis/core/validation): they become names of
 * directories, which no pod shall lead elsewhere.
 */
export function validateVolumes(spec: PodSpec, at: string): readonly FieldError[] {
  return [
    ...(spec.volumes ?? []).flatMap((volume, index, all) => [
      ...validateVolume(volume, `${at}.volumes[${String(index)}]`),
      ...(all.findIndex(({ name }) => name === volume['name']) < index
        ? [duplicate(`${at}.volumes[${String(index)}].name`, volume['name'])]
        : []),
    ]),
    ...(['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((field) =>
      (spec[field] ?? []).flatMap((container, index) =>
        validateMounts(container, `${at}.${field}[${String(index)}]`),
      ),
    ),
  ]
}

function validateVolume(volume: JsonObject, at: string): readonly FieldError[] {
  const { name, hostPath } = volume
  const path =
    typeof hostPath === 'object' && hostPath !== null && 'path' in hostPath ? hostPath['path'] : undefined
  return [
    ...(name === undefined || name === ''
      ? [required(`${at}.name`)]
      : typeof name === 'string' && label.test(name) && name.length <= 63
        ? []
        : [wrong(`${at}.name`, name, labelRule)]),
    ...(hostPath !== undefined && (path === undefined || path === '')
      ? [required(`${at}.hostPath.path`)]
      : typeof path === 'string' && hasStepUp(path)
        ? [wrong(`${at}.hostPath.path`, path, "must not contain '..'")]
        : []),
  ]
}

const validateMounts = ({ volumeMounts = [] }: Container, at: string): readonly FieldError[] =>
  volumeMounts.flatMap(({ mountPath, subPath }, index) => {
    const here = `${at}.volumeMounts[${String(index)}]`
    return [
      ...(volumeMounts.findIndex((other) => other.mountPath === mountPath) < index
        ? [wrong(`${here}.mountPath`, mountPath, 'must be unique')]
        : []),
      ...(mountPath === undefined || mountPath === '' ? [required(`${here}.mountPath`)] : []),
      ...(subPath === undefined || subPath === ''
        ? []
        : subPath.startsWith('/')
          ? [wrong(`${here}.subPath`, subPath, 'must be a relative path')]
          : hasStepUp(subPath)
            ? [wrong(`${here}.subPath`, subPath, "must not contain '..'")]
            : []),
    ]
  })

const hasStepUp = (path: string): boolean => path.split('/').includes('..')
