import { closeSync, openSync, writeSync } from 'node:fs'
import { unwritable } from '../process/failure.ts'

/** Where `--out` of a capture goes. */
export interface CaptureOutput {
  /** Writes all of it, or throws an error that names the file and the reason. */
  write(octets: Uint8Array): void
  /** Octets so far. */
  readonly written: number
  close(): void
}

/**
 * Opens the file of a capture, or standard output for `-`. Written at once and in order: a disk that is slow holds up the
 * reading of packets, which the kernel then counts as dropped, and never piles up in memory.
 */
export function openCaptureOutput(path: string): CaptureOutput {
  // Opened anew, a pipe waits for its reader; as it was inherited it may refuse to.
  const descriptor = guarded(path, () => openSync(path === '-' ? '/dev/stdout' : path, 'w', 0o600))
  let written = 0
  return {
    get written() {
      return written
    },
    write(octets) {
      let at = 0
      while (at < octets.length) at += guarded(path, () => writeSync(descriptor, octets, at))
      written += octets.length
    },
    close: () => closeSync(descriptor),
  }
}

function guarded<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw unwritable(`--out ${path}`, error)
  }
}
