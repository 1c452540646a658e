import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { dataDirectoryOf, ownKubectlIn } from '../src/lab/requirements/own-kubectl.js'

/** The kubectl that the set-up brought for want of another; undefined where the machine has its own. */
export const ownKubectl = ((): string | undefined => {
  const data = dataDirectoryOf(process.env, homedir())
  const path = data === undefined ? undefined : ownKubectlIn(data)
  return path !== undefined && existsSync(path) ? path : undefined
})()

/** Every test finds it, and so does what a test starts. */
if (ownKubectl !== undefined && !(process.env['PATH'] ?? '').startsWith(`${dirname(ownKubectl)}:`))
  process.env['PATH'] = `${dirname(ownKubectl)}:${process.env['PATH'] ?? ''}`
