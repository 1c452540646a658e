import { spawn } from 'node:child_process'
import { platform } from 'node:os'

/**
 * Shows an address in the user's browser where there is one. Never waits and never fails: the address is printed as
 * well. The address is one word of the command, never part of a shell's line.
 */
export function openBrowser(url: string, environment: Readonly<Record<string, string | undefined>>): void {
  const mac = platform() === 'darwin'
  const screen = (environment['DISPLAY'] ?? '') !== '' || (environment['WAYLAND_DISPLAY'] ?? '') !== ''
  if (!mac && !screen) return
  const browser = spawn(mac ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true })
  // Without such a program there is the printed address.
  browser.on('error', () => undefined)
  browser.unref()
}
