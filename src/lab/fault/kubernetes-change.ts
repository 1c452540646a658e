import { isDeepStrictEqual } from 'node:util'
import { KubernetesFailure, type KubernetesDoor } from './kubernetes-door.ts'

/** A change of Kubernetes' objects, as a person makes it with kubectl. */
export type KubernetesChange =
  | {
      readonly kind: 'field'
      readonly path: string
      /** The names on the way to it. */
      readonly field: readonly string[]
      readonly change: (was: unknown) => unknown
    }
  | { readonly kind: 'object'; readonly path: string; readonly object: NamedObject }

interface NamedObject {
  readonly metadata: { readonly name: string }
}

/** How such a change is undone. `inForce` is a line of sh that succeeds on a node as long as the change is in force there. */
export type KubernetesRemedy =
  | { readonly kind: 'kubernetes-object'; readonly path: string; readonly inForce: string }
  | {
      readonly kind: 'kubernetes-field'
      readonly path: string
      readonly field: readonly string[]
      readonly was: unknown
      /** As the server keeps it: whoever put something else there since has mended it. */
      readonly became: unknown
      readonly inForce: string
    }

/** Makes the change, and says how to undo it. Rejects with a KubernetesFailure. */
export async function changeKubernetes(
  door: KubernetesDoor,
  change: KubernetesChange,
  inForce: string,
): Promise<KubernetesRemedy> {
  const { path } = change
  if (change.kind === 'object') {
    await door.ask('POST', path, change.object)
    return { kind: 'kubernetes-object', path: `${path}/${change.object.metadata.name}`, inForce }
  }
  const { field } = change
  const was = valueAt(await door.ask('GET', path), field)
  const became = await put(door, path, field, was, change.change(was))
  return { kind: 'kubernetes-field', path, field, was: was ?? null, became: became ?? null, inForce }
}

/** Puts back what `changeKubernetes` changed; what somebody changed since is left as it is. Rejects with a KubernetesFailure. */
export async function undoInKubernetes(door: KubernetesDoor, remedy: KubernetesRemedy): Promise<void> {
  try {
    if (remedy.kind === 'kubernetes-object') {
      await door.ask('DELETE', remedy.path)
      return
    }
    const { path, field, was, became } = remedy
    const is = valueAt(await door.ask('GET', path), field)
    if (isDeepStrictEqual(is ?? null, became)) await put(door, path, field, is, was)
  } catch (error) {
    // Whoever deleted it has undone it.
    if (!(error instanceof KubernetesFailure && error.status === 404)) throw error
  }
}

/** Returns what the server made of it. */
async function put(
  door: KubernetesDoor,
  path: string,
  field: readonly string[],
  is: unknown,
  wanted: unknown,
): Promise<unknown> {
  const body = field.reduceRight<unknown>((inner, name) => ({ [name]: inner }), replacing(is, wanted))
  return valueAt(await door.ask('PATCH', path, body), field)
}

/** A merge patch adds to a map: what is to be gone from it is told as null (RFC 7386). */
function replacing(is: unknown, wanted: unknown): unknown {
  if (!isObject(is) || !isObject(wanted)) return wanted
  const gone = Object.keys(is).filter((name) => !Object.hasOwn(wanted, name))
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...wanted }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const valueAt = (object: unknown, field: readonly string[]): unknown =>
  field.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), object)
