/** The documents of a YAML stream, as `kubectl apply -f` takes them: bounded, and nothing of them passed over. */
import { parseAllDocuments } from 'yaml'
import { listAt, textAt } from '../../edge/fields.ts'
import { ChangeError } from '../change-error.ts'

const mostOctets = 1024 * 1024
const mostDocuments = 500
const deepest = 40

/** Values of JSON. Throws a ChangeError for what is no YAML, too large, or nested too deep. */
export function readDocuments(text: string): readonly unknown[] {
  if (text.length > mostOctets) throw new ChangeError({ code: 'too-long', what: 'YAML', most: mostOctets })
  const values: unknown[] = []
  for (const document of parseAll(text)) {
    const [error] = document.errors
    if (error !== undefined) throw new ChangeError({ code: 'yaml', because: firstLine(error.message) })
    const value = valueOf(document)
    if (value === null || value === undefined) continue
    if (isDeep(value, deepest)) throw new ChangeError({ code: 'yaml', because: 'nested too deep' })
    // `kubectl get -o yaml` writes a list of several.
    if (textAt(value, 'kind') === 'List') values.push(...listAt(value, 'items'))
    else values.push(value)
    if (values.length > mostDocuments)
      throw new ChangeError({ code: 'too-long', what: 'YAML documents', most: mostDocuments })
  }
  return values
}

type Documents = Exclude<ReturnType<typeof parseAllDocuments>, { readonly empty: true }>

/** A name that is there twice is an error: one of the two would be passed over. */
function parseAll(text: string): Documents {
  try {
    const found = parseAllDocuments(text, { uniqueKeys: text.length < 64 * 1024, logLevel: 'error' })
    return Array.isArray(found) ? (found as Documents) : []
  } catch (error) {
    throw new ChangeError({ code: 'yaml', because: firstLine(String(error)) })
  }
}

/** Aliases may stand for a hundred times as much, not more (a "billion laughs"). */
function valueOf(document: {
  readonly toJS: (options: { readonly maxAliasCount: number }) => unknown
}): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new ChangeError({ code: 'yaml', because: firstLine(String(error)) })
  }
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 160)

function isDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return left === 0 || Object.values(value).some((one) => isDeep(one, left - 1))
}
