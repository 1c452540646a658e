import { UsageError } from '../process/failure.ts'

/** Memory as Kubernetes writes it (apimachinery, api/resource/quantity.go), whole numbers alone. Throws a UsageError. */
export function memoryQuantity(option: string, text: string): string {
  if (!/^[1-9]\d{0,11}(?:[KMGT]i|[kMGT])?$/.test(text))
    throw new UsageError((usage) => usage.quantity(option, text))
  return text
}
