/** `sysctl -a`: `name = value`, and the `name=value` of its files. */
import type { Sysctls } from '../../model/stack/sysctl.ts'
import { linesOf } from '../reading.ts'

/** Lines that are not parameters (permission errors, comments) are left out: they say nothing about any. */
export function readSysctls(text: string): Sysctls {
  const sysctls = new Map<string, string>()
  for (const line of linesOf(text)) {
    const equals = line.indexOf('=')
    if (equals <= 0 || line.startsWith('#') || line.startsWith('sysctl:')) continue
    const name = line.slice(0, equals).trim()
    if (/^[\w./:@+-]+$/.test(name))
      sysctls.set(
        name,
        line
          .slice(equals + 1)
          .trim()
          .replaceAll('\t', ' '),
      )
  }
  return sysctls
}
