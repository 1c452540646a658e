import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { platform } from 'node:os'
import { pathToFileURL } from 'node:url'
import { makeOwnDirectory, type Place } from '../own/own-directory.ts'
import { writeOwnFile } from '../own/own-file.ts'

/**
 * Shows an address that carries a key in the user's browser, where there is one. Everybody on a machine sees the words of every
 * process (proc(5), /proc/PID/cmdline), the browser's among them: they name a file that only the user can read, and that sends the
 * browser on. Never waits, and never fails for want of a browser: the address is printed as well. Throws an OwnError where there is
 * no place for the file. Returns what takes it away, which is right as soon as the page was opened.
 */
export function openBrowser(
  url: URL,
  place: Place,
  environment: Readonly<Record<string, string | undefined>>,
): () => void {
  const mac = platform() === 'darwin'
  const screen = (environment['DISPLAY'] ?? '') !== '' || (environment['WAYLAND_DISPLAY'] ?? '') !== ''
  if (!mac && !screen) return () => undefined
  const directory = makeOwnDirectory(place)
  // By its port: two pages do not meet, and what a killed one left is written over one day.
  const name = `open-${url.port}.html`
  writeOwnFile(directory, name, sendingOn(url))
  const file = join(directory.path, name)
  const browser = spawn(mac ? 'open' : 'xdg-open', [pathToFileURL(file).href], {
    stdio: 'ignore',
    detached: true,
  })
  // Without such a program there is the printed address.
  browser.on('error', () => undefined)
  browser.unref()
  return () => rmSync(file, { force: true })
}

/** The address has but characters that mean nothing in HTML: digits, and a key in base64url (RFC 4648, section 5). */
const sendingOn = ({ href }: URL): string =>
  `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">` +
  `<meta http-equiv="refresh" content="0;url=${href}"><title>podpath</title><a href="${href}">podpath</a>\n`
