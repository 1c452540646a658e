import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** A folder with more files holds two ideas. Tests and what they read stand beside the code and do not count. */
const most = 20

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const isCode = (name: string): boolean =>
  /\.[jt]sx?$/.test(name) && !/\.(test|contract|fixture)\.ts$/.test(name)

function* foldersBelow(folder: string): Generator<{ readonly folder: string; readonly files: number }> {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  yield { folder, files: entries.filter((entry) => entry.isFile() && isCode(entry.name)).length }
  for (const entry of entries) if (entry.isDirectory()) yield* foldersBelow(`${folder}/${entry.name}`)
}

test.each(['src', 'web', 'test', 'bench', 'tools'])(
  `no folder of %s holds more than ${most} files of code`,
  (top) => {
    const found = [...foldersBelow(top)].filter(({ files }) => files > most).map(({ folder }) => folder)
    expect(found).toEqual([])
  },
)
