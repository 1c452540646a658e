import { writeFileSync, mkdirSync, rmSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runtimeDirectory } from '../lab/lab.ts'
import { podpath } from '../lab/podpath.ts'

/** Whatever is wrong with the call, podpath says so in one clear line and leaves nothing behind. No lab is started. */

const runtime = runtimeDirectory()
const labs = join(runtime, 'labs')
const file = (name: string): string => join(runtime, name)
const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:9"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: there, context: {cluster: c, user: u}}]
current-context: there
`
beforeAll(() => {
  mkdirSync(labs)
  writeFileSync(file('good'), kubeconfig)
  writeFileSync(file('broken'), 'clusters: [\n')
})
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

test.each([
  { args: ['verify', '--nonsense'], status: 2, says: /unknown option '--nonsense'/ },
  { args: ['verfy'], status: 2, says: /unknown command 'verfy'/ },
  { args: ['trace', 'a'], status: 2, says: /missing required argument 'to'/ },
  { args: ['verify', '--lab', '--output', 'pdf'], status: 2, says: /text, json, markdown, junit/ },
  { args: ['verify', '--lab', '--json', '--output', 'text'], status: 2, says: /contradict/ },
  {
    args: ['verify', '--lab', '--count', '0'],
    status: 2,
    says: /--count 0: give a whole number from 1 to 100/,
  },
  { args: ['verify', '--lab=UPPER'], status: 2, says: /not a name for a lab: "UPPER"/ },
  { args: ['verify', '--lab=../up'], status: 2, says: /not a name for a lab/ },
  { args: ['lab', 'up', '--nodes', 'many'], status: 2, says: /--nodes many: give a whole number/ },
  {
    args: ['lab', 'down', '--name=absent'],
    status: 2,
    says: /no lab absent is up: `podpath lab up --name absent` starts it/,
  },
  { args: ['lab', 'kubeconfig', '--name=absent'], status: 2, says: /no lab absent is up/ },
  {
    args: ['--lang', 'ko', 'lab', 'down', '--name=absent'],
    status: 2,
    says: /absent 실습 환경이 떠 있지 않습니다\. `podpath lab up --name absent` 명령으로 시작하세요/,
  },
  { args: ['--lang', 'ko', 'verify', '--lab=UPPER'], status: 2, says: /이름으로 쓸 수 없습니다: "UPPER"/ },
  ...[['explain', 'a', 'b'], ['matrix'], ['diagnose'], ['change', '--cure', 'X'], ['ui']].flatMap((command) =>
    [['--lab'], ['--context', 'there'], ['--kubeconfig', 'good']].map((beside) => ({
      args: [...command, '--bundle', 'absent', ...beside],
      status: 2,
      says: /--bundle is a recorded snapshot: give no cluster besides/,
    })),
  ),
  { args: ['verify', '--kubeconfig', 'absent'], status: 2, says: /absent/ },
  { args: ['verify', '--kubeconfig', 'broken'], status: 2, says: /broken/ },
  { args: ['verify', '--kubeconfig', 'good', '--context', 'elsewhere'], status: 2, says: /elsewhere/ },
  { args: ['verify', '--kubeconfig', 'good'], status: 3, says: /127\.0\.0\.1:9/ },
])('podpath $args exits $status and says why in one line', async ({ args, status, says }) => {
  const at = args.map((word) => (['absent', 'broken', 'good'].includes(word) ? file(word) : word))
  const ended = await podpath(at, { runtime: labs })
  expect(ended.stdout).toBe('')
  expect(ended.status, ended.stderr).toBe(status)
  const lines = ended.stderr.split('\n').filter((line) => line.startsWith('podpath: '))
  expect(lines, ended.stderr).toHaveLength(1)
  expect(lines[0]).toMatch(says)
  expect(readdirSync(labs)).toEqual([])
})
