import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { programOf } from './images.ts'

/** A curl that tells what it was given. */
const tools = mkdtempSync(join(tmpdir(), 'podpath-tools-'))
writeFileSync(join(tools, 'curl'), '#!/bin/sh\necho "$@"\n')
chmodSync(join(tools, 'curl'), 0o755)
afterAll(() => rmSync(tools, { recursive: true }))

const programs = { echoServer: ['node', 'echo-server.js'] } as const
const run = (
  image: string,
  words: {
    readonly command?: readonly string[]
    readonly args?: readonly string[]
    readonly stdin?: boolean
  },
) =>
  programOf(
    { name: 'c', image, ...(words.stdin ? { stdin: true } : {}) },
    words.command ?? [],
    words.args ?? [],
    programs,
  )

test.each([
  {
    image: 'nginx',
    words: {},
    argv: ['node', 'echo-server.js'],
    env: { PORT: '80', PAGE: 'nginx' },
    because: 'a web server',
  },
  {
    image: 'public.ecr.aws/nginx/nginx:1.27',
    words: {},
    env: { PORT: '80', PAGE: 'nginx' },
    because: 'whoever mirrors it',
  },
  {
    image: 'nginx',
    words: { args: ['curl', 'x'] },
    argv: ['curl', 'x'],
    because: 'its entry point runs a command',
  },
  {
    image: 'hashicorp/http-echo:1.0@sha256:00',
    words: { args: ['-listen=:8000', '-text=hi'] },
    env: { PORT: '8000' },
    because: 'its port is an argument',
  },
  {
    image: 'registry.k8s.io/e2e-test-images/agnhost:2.39',
    words: { command: ['/agnhost'], args: ['netexec', '--http-port=8080'] },
    env: { PORT: '8080' },
    because: 'its program is typed by its path',
  },
  {
    image: 'gcr.io/google-samples/hello-app:1.0',
    words: {},
    env: { PORT: '8080' },
    because: 'a tutorial’s server',
  },
  {
    image: 'busybox',
    words: { args: ['wget', '-O-', 'web'] },
    argv: ['wget', '-O-', 'web'],
    because: 'words of a shell image are a command',
  },
  { image: 'busybox:1.36', words: { stdin: true }, argv: ['sh'], because: 'somebody types into it' },
  { image: 'busybox', words: {}, argv: ['true'], because: 'its shell has no input, and ends' },
  {
    image: 'amazon/aws-cli',
    words: { args: ['sts', 'get-caller-identity'] },
    argv: ['aws', 'sts', 'get-caller-identity'],
    because: 'its entry point is aws',
  },
  {
    image: 'alpine/curl',
    words: { args: ['-s', 'web'] },
    argv: ['curl', '-s', 'web'],
    because: 'its entry point is curl',
  },
  {
    image: 'example.com/own:1',
    words: { args: ['ping', '-c1', 'x'] },
    argv: ['ping', '-c1', 'x'],
    note: true,
    because: 'words for an image that nobody knows are tried as a command',
  },
  {
    image: 'example.com/own:1',
    words: { args: ['--verbose'] },
    argv: ['sleep', 'infinity'],
    note: true,
    because: 'an option is no command',
  },
  {
    image: 'example.com/own:1',
    words: {},
    argv: ['sleep', 'infinity'],
    note: true,
    because: 'nobody knows what it does',
  },
  {
    image: 'example.com/own:1',
    words: { command: ['date'] },
    argv: ['date'],
    because: 'a command is a command',
  },
])('$image $words: $because', ({ image, words, argv, env, note }) => {
  const program = run(image, words)
  if (argv) expect(program.argv).toEqual(argv)
  expect(program.env).toEqual(env ?? {})
  expect(program.note !== undefined).toBe(note === true)
})

test.each([
  { args: ['-s', 'http://web'], says: '-s http://web', because: 'an option is curl’s' },
  { args: ['http://web'], says: 'http://web', because: 'an address is no program' },
  { args: ['curl', '-s', 'http://web'], says: '-s http://web', because: 'its name is typed all the same' },
  { args: [], says: '', because: 'nothing is curl alone' },
])('curlimages/curl $args: $because', ({ args, says }) => {
  const { argv } = run('docker.io/curlimages/curl:8.10.1', { args })
  const [program, ...words] = argv
  const env = { PATH: `${tools}:${process.env['PATH'] ?? ''}` }
  expect(execFileSync(program, words, { env, encoding: 'utf8' }).trim()).toBe(says)
})
