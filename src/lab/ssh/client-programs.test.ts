import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findClientProgram } from './client-programs.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'podpath-client-'))
})
afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})

/** Below the home that was made for the test. */
function program(path: string, text = '#!/bin/sh\nexit 0\n'): string {
  const whole = join(home, path)
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, text)
  chmodSync(whole, 0o755)
  return whole
}
const bindsOf = (name: string, searchPath: string, ownKubectl?: string) => {
  const found = findClientProgram(name, { searchPath, ...(ownKubectl === undefined ? {} : { ownKubectl }) })
  return found.kind === 'found' ? found.binds.map(([from]) => from) : found.why
}

describe('what is shown of the machine', () => {
  test('the directory that a program was installed to', () => {
    program('tools/aws/bin/aws')
    expect(bindsOf('aws', `${home}/tools/aws/bin`)).toEqual([`${home}/tools/aws`])
  })

  test('where a link leads, too', () => {
    const aws = program('venv/bin/aws', `#!${program('python/bin/python3', '')}\n`)
    mkdirSync(join(home, 'links'))
    symlinkSync(aws, join(home, 'links/aws'))
    expect(bindsOf('aws', `${home}/links`)).toEqual([`${home}/links`, `${home}/python`, `${home}/venv`])
  })

  test('of ~/.local programs and libraries, and nothing else that people keep there', () => {
    program('.local/bin/aws')
    program('.local/share/podpath/runs/secret')
    expect(bindsOf('aws', `${home}/.local/bin`)).toEqual([`${home}/.local/bin`])
    mkdirSync(join(home, '.local/lib'))
    expect(bindsOf('aws', `${home}/.local/bin`)).toEqual([`${home}/.local/bin`, `${home}/.local/lib`])
  })

  test('the next on the PATH where the first lies in a home', () => {
    program('kubectl')
    program('tools/kubectl/bin/kubectl')
    expect(bindsOf('kubectl', `${home}:${home}/tools/kubectl/bin`)).toEqual([`${home}/tools/kubectl`])
    expect(bindsOf('kubectl', home)).toMatch(/lies in a home directory/)
  })

  test('nothing of a program that the machine has where everybody sees it', () => {
    expect(bindsOf('sh', '/usr/bin:/bin')).toEqual([])
  })
})

describe('podpath’s own kubectl', () => {
  const own = () => program('data/podpath/kubectl/bin/kubectl')

  test('is the last resort, and that file alone is shown', () => {
    const path = own()
    expect(findClientProgram('kubectl', { searchPath: `${home}/empty`, ownKubectl: path })).toEqual({
      kind: 'found',
      name: 'kubectl',
      argv: ['/opt/podpath/kubectl'],
      binds: [[path, '/opt/podpath/kubectl']],
    })
  })

  test('gives way to one on the PATH that runs, and not to one that does not', () => {
    const path = own()
    program('good/bin/kubectl')
    program('bad/bin/kubectl', '#!/bin/sh\nexit 1\n')
    expect(bindsOf('kubectl', `${home}/good/bin`, path)).toEqual([`${home}/good`])
    expect(bindsOf('kubectl', `${home}/bad/bin`, path)).toEqual([path])
  })

  test('is not there where nobody brought it', () => {
    expect(bindsOf('kubectl', `${home}/empty`, `${home}/data/kubectl`)).toMatch(
      /^podpath: kubectl is not installed on this machine: /,
    )
  })

  test('is no other program', () => {
    expect(bindsOf('aws', `${home}/empty`, own())).toMatch(/^podpath: aws is not installed/)
  })
})
