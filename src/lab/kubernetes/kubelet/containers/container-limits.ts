import type { ContainerLimits } from '../../../sandbox.ts'
import type { Container } from '../../objects/pod.ts'
import { quantity } from '../../quantity.ts'

/** What a container may take at the most (`resources.limits`), in octets and processors; nothing when it has no limit. */
export function limitsOf({ name, resources }: Container): { readonly limits?: ContainerLimits } {
  const memory = quantity(resources?.limits?.['memory'] ?? '')
  const processors = quantity(resources?.limits?.['cpu'] ?? '')
  if (!(memory > 0) && !(processors > 0)) return {}
  return {
    limits: {
      container: name,
      ...(memory > 0 ? { memory: Math.floor(memory) } : {}),
      ...(processors > 0 ? { processors } : {}),
    },
  }
}
