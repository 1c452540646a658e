import { open } from 'node:fs/promises'
import { readText } from '../../edge/read-text.ts'

/**
 * The text of a file that a user or a kubeconfig names; a pipe will do (`--kubeconfig <(…)`). Rejects with TooMuch beyond so many octets,
 * as of a device without end, and with what Node says.
 */
export async function readNamedFile(path: string, most: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    return await readText(file, 'it', most, size)
  } finally {
    await file.close()
  }
}
