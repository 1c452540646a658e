import { UsageError } from '../process/failure.ts'

/** A name of an object as Kubernetes takes it (RFC 1123 label): it becomes a part of a request's path. */
export function kubernetesName(option: string, text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text
  throw new UsageError((usage) => usage.kubernetesName(option, text))
}
