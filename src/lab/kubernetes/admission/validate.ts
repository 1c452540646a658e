import { isDeepStrictEqual } from 'node:util'
import type { Draft, KubeObject, LabelSelector, Labels } from '../objects/meta.ts'
import type { Container, PodSpec, PodTemplate } from '../objects/pod.ts'
import type { Service } from '../objects/service.ts'
import type { Resource } from '../resources.ts'
import { matchesSelector } from '../selector.ts'
import { type FieldError, invalid } from '../status.ts'
import {
  configKeyRule,
  duplicate,
  isConfigKey,
  label,
  labelRule,
  labelValue,
  qualifiedKey,
  required,
  serviceRule,
  subdomain,
  subdomainRule,
  wrong,
} from './field-rules.ts'
import { validateSysctls } from './validate-sysctls.ts'
import { validateVolumes } from './validate-volumes.ts'

/**
 * Refuses an object that the real server would refuse, as a 422 that names the fields.
 * It holds what the controllers here rely on, and what people get wrong most; not every rule of the real server.
 */
export function validate(of: Resource, object: Draft<KubeObject>, current: KubeObject | undefined): void {
  const errors = [
    ...validateName(of, object),
    ...validateLabels('metadata.labels', object.metadata.labels),
    ...validateKind(of, object, current),
  ]
  if (errors.length > 0) throw invalid(of, object.metadata.name ?? '', errors)
}

function validateName(of: Resource, { metadata }: Draft<KubeObject>): readonly FieldError[] {
  const { name, generateName } = metadata
  if (name === undefined || name === '') {
    return generateName === undefined || generateName === ''
      ? [required('metadata.name', 'Required value: name or generateName is required')]
      : []
  }
  // Names of RBAC objects are path segments, `system:node` among them.
  if (of.group === 'rbac.authorization.k8s.io') {
    return /[/%]/.test(name) || name === '.' || name === '..'
      ? [wrong('metadata.name', name, "may not contain '/'")]
      : []
  }
  if (of.kind === 'Service') {
    return label.test(name) && /^[a-z]/.test(name) && name.length <= 63
      ? []
      : [wrong('metadata.name', name, serviceRule)]
  }
  if (of.kind === 'Namespace') {
    return label.test(name) && name.length <= 63 ? [] : [wrong('metadata.name', name, labelRule)]
  }
  return subdomain.test(name) && name.length <= 253 ? [] : [wrong('metadata.name', name, subdomainRule)]
}

function validateLabels(field: string, labels: Labels | undefined): readonly FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...(qualifiedKey.test(key)
      ? []
      : [
          wrong(
            field,
            key,
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
          ),
        ]),
    ...(labelValue.test(value) && value.length <= 63
      ? []
      : [
          wrong(
            field,
            value,
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
          ),
        ]),
  ])
}

function validateKind(
  of: Resource,
  object: Draft<KubeObject>,
  current: KubeObject | undefined,
): readonly FieldError[] {
  const spec = (object as { readonly spec?: unknown }).spec
  switch (of.kind) {
    case 'Pod':
      return validatePod(spec as PodSpec | undefined, current as { spec: PodSpec } | undefined)
    case 'Deployment':
    case 'ReplicaSet':
    case 'DaemonSet':
      return validateWorkload(spec as Workload | undefined, current as { spec: Workload } | undefined)
    case 'ConfigMap':
    case 'Secret':
      return validateKeys(object)
    case 'Service':
      return validateService(spec as Service['spec'] | undefined)
    default:
      return []
  }
}

const validateKeys = (object: object): readonly FieldError[] =>
  (['data', 'binaryData'] as const).flatMap((member) => {
    const values = (object as Readonly<Record<string, unknown>>)[member]
    return Object.keys(typeof values === 'object' && values !== null ? values : {}).flatMap((key) =>
      isConfigKey(key) ? [] : [wrong(`${member}[${key}]`, key, configKeyRule)],
    )
  })

/** The rule that keeps a pod's spec as it was: only these may change after it was made. */
function validatePod(
  spec: PodSpec | undefined,
  current: { spec: PodSpec } | undefined,
): readonly FieldError[] {
  if (spec === undefined) return [required('spec.containers')]
  const errors = validatePodSpec(spec, 'spec')
  if (current === undefined || errors.length > 0) return errors
  return isDeepStrictEqual(fixedPart(spec), fixedPart(current.spec))
    ? []
    : [
        {
          field: 'spec',
          reason: 'FieldValueForbidden',
          message:
            'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
        },
      ]
}

function fixedPart(spec: PodSpec): unknown {
  const {
    activeDeadlineSeconds: _deadline,
    tolerations: _tolerations,
    terminationGracePeriodSeconds: _grace,
    ephemeralContainers: _ephemeral,
    ...rest
  } = spec
  const withoutImage = ({ image: _image, ...container }: Container): unknown => container
  return {
    ...rest,
    containers: spec.containers.map(withoutImage),
    initContainers: spec.initContainers?.map(withoutImage),
  }
}

function validatePodSpec(spec: PodSpec, at: string): readonly FieldError[] {
  const containers = spec.containers ?? []
  const names = new Set<string>()
  const each = (list: readonly Container[], field: string): readonly FieldError[] =>
    list.flatMap((container, index) => {
      const here = `${field}[${String(index)}]`
      const repeated = names.has(container.name)
      names.add(container.name)
      return [
        ...(container.name === undefined || container.name === ''
          ? [required(`${here}.name`)]
          : label.test(container.name) && container.name.length <= 63
            ? []
            : [wrong(`${here}.name`, container.name, labelRule)]),
        ...(repeated ? [duplicate(`${here}.name`, container.name)] : []),
        ...(container.image === undefined || container.image === '' ? [required(`${here}.image`)] : []),
        ...(container.ports ?? []).flatMap((port, portIndex) =>
          port.containerPort >= 1 && port.containerPort <= 65_535
            ? []
            : [
                wrong(
                  `${here}.ports[${String(portIndex)}].containerPort`,
                  port.containerPort ?? 0,
                  'must be between 1 and 65535, inclusive',
                ),
              ],
        ),
      ]
    })
  const policies = ['Always', 'OnFailure', 'Never']
  return [
    ...(containers.length === 0 ? [required(`${at}.containers`)] : []),
    ...each(containers, `${at}.containers`),
    ...each(spec.initContainers ?? [], `${at}.initContainers`),
    ...each(spec.ephemeralContainers ?? [], `${at}.ephemeralContainers`),
    ...validateVolumes(spec, at),
    ...validateSysctls(spec, at),
    ...(policies.includes(spec.restartPolicy ?? 'Always')
      ? []
      : [
          {
            field: `${at}.restartPolicy`,
            reason: 'FieldValueNotSupported' as const,
            message: `Unsupported value: ${JSON.stringify(spec.restartPolicy)}: supported values: "Always", "OnFailure", "Never"`,
          },
        ]),
  ]
}

interface Workload {
  readonly replicas?: number
  readonly selector?: LabelSelector
  readonly template?: PodTemplate
}

function validateWorkload(
  spec: Workload | undefined,
  current: { spec: Workload } | undefined,
): readonly FieldError[] {
  if (spec?.selector === undefined) {
    return [
      required('spec.selector'),
      ...(spec?.template === undefined
        ? [required('spec.template.spec.containers')]
        : validatePodSpec(spec.template.spec ?? { containers: [] }, 'spec.template.spec')),
    ]
  }
  const { selector, template, replicas } = spec
  const labels = template?.metadata?.labels
  return [
    ...((replicas ?? 0) < 0 ? [wrong('spec.replicas', replicas, 'must be greater than or equal to 0')] : []),
    ...(matchesSelector(selector, labels)
      ? []
      : [
          wrong('spec.template.metadata.labels', labels ?? {}, '`selector` does not match template `labels`'),
        ]),
    ...(current === undefined || isDeepStrictEqual(current.spec.selector, selector)
      ? []
      : [wrong('spec.selector', selector, 'field is immutable')]),
    ...validateLabels('spec.template.labels', labels),
    ...validatePodSpec(template?.spec ?? { containers: [] }, 'spec.template.spec'),
    ...((template?.spec.restartPolicy ?? 'Always') === 'Always'
      ? []
      : [
          {
            field: 'spec.template.spec.restartPolicy',
            reason: 'FieldValueNotSupported' as const,
            message: `Unsupported value: ${JSON.stringify(template?.spec.restartPolicy)}: supported values: "Always"`,
          },
        ]),
  ]
}

function validateService(spec: Service['spec'] | undefined): readonly FieldError[] {
  const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
  if (spec === undefined) return [required('spec.ports')]
  const ports = spec.ports ?? []
  const headless = spec.clusterIP === 'None'
  return [
    ...(types.includes(spec.type ?? 'ClusterIP')
      ? []
      : [
          {
            field: 'spec.type',
            reason: 'FieldValueNotSupported' as const,
            message: `Unsupported value: ${JSON.stringify(spec.type)}: supported values: ${types.map((type) => `"${type}"`).join(', ')}`,
          },
        ]),
    ...(ports.length === 0 && !headless && spec.type !== 'ExternalName' ? [required('spec.ports')] : []),
    ...ports.flatMap((port, index) => [
      ...(port.port >= 1 && port.port <= 65_535
        ? []
        : [
            wrong(
              `spec.ports[${String(index)}].port`,
              port.port ?? 0,
              'must be between 1 and 65535, inclusive',
            ),
          ]),
      ...(ports.length > 1 && (port.name ?? '') === ''
        ? [required(`spec.ports[${String(index)}].name`)]
        : []),
    ]),
  ]
}
