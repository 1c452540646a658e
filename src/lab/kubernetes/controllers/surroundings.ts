import type { Admission } from '../admission/admit.ts'
import { admit } from '../admission/admit.ts'
import type { Recorder } from '../events.ts'
import type { Draft, KubeObject } from '../objects/meta.ts'
import type { Resource } from '../resources.ts'
import type { Random } from '../random.ts'

/** What every controller works with. */
export interface Surroundings extends Admission {
  /** The recorder of a component, such as `deployment-controller`. */
  recorder(component: string): Recorder
  /** Told of a mistake in a controller's own work. */
  failed(error: unknown): void
  readonly random: Random
}

/** A running controller. */
export interface Controller {
  stop(): void
}

/** Creates as a client of the API would: with defaults and admission. */
export const createAdmitted = <T extends KubeObject>(
  around: Admission,
  of: Resource<T>,
  draft: Draft<T>,
): T => around.store.create(of, admit(around, of, draft, undefined))

/** `namespace/name` of an object, and back. */
export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
