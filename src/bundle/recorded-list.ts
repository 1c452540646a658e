import { listAt } from '../edge/fields.ts'
import { jsonValue } from '../edge/json.ts'
import type { Bundle } from './bundle.ts'

/** The items of one of a bundle's Kubernetes lists; none where it was not recorded or cannot be read. */
export function recordedList(bundle: Bundle, name: string): readonly unknown[] {
  const text = bundle.files.get(`kubernetes/${name}.json`)
  // What cannot be read is among the gaps that reading the bundle has named.
  return text === undefined ? [] : listAt(jsonValue(text), 'items')
}
