/**
 * Writes the pages that are tables of what the code says: `tsx tools/write-docs.ts`. `test/docs/` fails when one of them
 * is no longer what this would write.
 */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatedDocs } from './generated-docs.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

for (const [path, text] of await generatedDocs()) writeFileSync(join(root, path), text)
