import type { PodSpec } from '../objects/pod.ts'
import { sharedNamespace, sysctlNameProblem, sysctlsOf } from '../objects/sysctl.ts'
import type { FieldError } from '../status.ts'
import { duplicate, required, wrong } from './field-rules.ts'

/** The names of a pod's sysctls, as the real server asks for them (pkg/apis/core/validation, validateSysctls). */
export const validateSysctls = (spec: PodSpec, at: string): readonly FieldError[] =>
  sysctlsOf(spec).flatMap(({ name }, index, all): readonly FieldError[] => {
    const field = `${at}.securityContext.sysctls[${String(index)}].name`
    if (name === '') return [required(field)]
    const problem = sysctlNameProblem(name)
    if (problem !== null) return [wrong(field, name, problem)]
    if (all.findIndex((other) => other.name === name) < index) return [duplicate(field, name)]
    const shared = sharedNamespace(spec, name)
    return shared === null ? [] : [wrong(field, name, `may not be specified when '${shared}' is true`)]
  })
