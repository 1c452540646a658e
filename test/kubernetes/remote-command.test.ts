import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labUp, type TestLab } from '../lab/lab.ts'
import { kubectlOf, kubectlVersions } from './kubectl-versions.ts'
import { run } from './test-cluster.ts'

/**
 * Needs root and npm. What people do in containers, in a lab as it stands, with kubectl of three ages: over SPDY, over
 * WebSocket, and a new one that is told to use SPDY.
 */
let lab: TestLab
let home: string
let environment: Record<string, string>
beforeAll(async () => {
  lab = await labUp(['--name=remote-command'])
  home = join(lab.where.runtime, 'home')
  mkdirSync(home)
  environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    KUBECONFIG: join(lab.record.directory, 'kubeconfig'),
    TERM: 'dumb',
    POD: lab.pods[0] ?? '',
    OTHER: lab.pods[1] ?? '',
    NODE: lab.nodes[0] ?? '',
  }
})
const open: ChildProcess[] = []
afterAll(async () => {
  for (const child of open) child.kill('SIGKILL')
  await lab?.down()
})

const clients = [
  ...kubectlVersions.map((version) => ({ name: `kubectl ${version}`, version, websockets: 'true' })),
  ...kubectlVersions
    .filter((version) => version === '1.35')
    .map((version) => ({ name: `kubectl ${version} over SPDY`, version, websockets: 'false' })),
]

test('there are clients', () => {
  // Elsewhere than on amd64 there is no old kubectl to be had.
  expect(clients.length).toBe(process.arch === 'x64' ? 4 : 0)
})

/** A program on a terminal of 111 columns and 33 rows, as somebody sits before it. */
function onTerminal(line: string, environment: Readonly<Record<string, string>>) {
  const child = spawn('script', ['-qefc', `stty cols 111 rows 33; ${line}`, '/dev/null'], {
    env: environment,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  open.push(child)
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    type: (text: string) => child.stdin.write(text),
    shows: (what: RegExp) => expect.poll(() => said, { timeout: 30_000 }).toMatch(what),
    exit,
    kill: () => child.kill('SIGKILL'),
  }
}

describe.each(clients)('$name', ({ name, version, websockets }) => {
  let where: Record<string, string>
  /** Numbers that no other client uses: what runs is found by them. */
  const unique = 70_000 + 100 * clients.findIndex((one) => one.name === name)
  const letter = 'abcd'[clients.findIndex((one) => one.name === name)] ?? 'x'
  beforeAll(async () => {
    where = {
      ...environment,
      K: await kubectlOf(version),
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets,
      KUBECTL_PORT_FORWARD_WEBSOCKETS: websockets,
      ID: letter,
    }
  })
  const shell = (line: string, input?: string) => run(line, where, input)
  const runsInPod = async (program: string): Promise<string> =>
    (await lab.inPod(1, `pgrep -f '^${program}' | wc -l`)).output.trim()

  test.each<{ because: string; line: string; input?: string; exit: number; stdout: string; stderr?: RegExp }>(
    [
      {
        because: 'outputs stay apart and the exit status is that of the program',
        line: `$K exec $POD -- sh -c 'echo out; echo err >&2; exit 7'`,
        exit: 7,
        stdout: 'out\n',
        stderr: /^err\ncommand terminated with exit code 7\n$/,
      },
      {
        because: 'a program that succeeds without a word is a success',
        line: '$K exec $POD -- true',
        exit: 0,
        stdout: '',
        stderr: /^$/,
      },
      {
        because: 'input reaches the program, and its end',
        line: '$K exec -i $POD -- sh -c "cat; echo end"',
        input: 'piped\n',
        exit: 0,
        stdout: 'piped\nend\n',
      },
      {
        because: 'without -i there is no input',
        line: '$K exec $POD -- sh -c "cat; echo end"',
        input: 'piped\n',
        exit: 0,
        stdout: 'end\n',
      },
      {
        because: 'an input that is empty ends at once',
        line: '$K exec -i $POD -- wc -c',
        input: '',
        exit: 0,
        stdout: '0\n',
      },
      {
        because: 'no shell reads the words on the way',
        line: `$K exec $POD -- printf '%s|' '$HOME' "it's" '*' '' 'a b' '파드'`,
        exit: 0,
        stdout: "$HOME|it's|*||a b|파드|",
      },
      {
        because: 'many octets pass both ways unchanged',
        line: 'head -c 20000000 /dev/urandom >$HOME/octets; $K exec -i $POD -- cat <$HOME/octets | cmp - $HOME/octets && echo same',
        exit: 0,
        stdout: 'same\n',
      },
      {
        because: 'a program that ends before its input ends the session',
        line: 'set -o pipefail; timeout 30 cat /dev/zero | $K exec -i $POD -- head -c 5 | wc -c; echo ${PIPESTATUS[1]}',
        exit: 0,
        stdout: '5\n0\n',
      },
      {
        because: 'what stands on both outputs arrives whole before the exit status does',
        line: `$K exec $POD -- sh -c 'seq 100000; seq 100000 >&2; exit 3' 2>$HOME/errors | tail -n 1; echo \${PIPESTATUS[0]}; grep -c '^[0-9]*$' $HOME/errors`,
        exit: 0,
        stdout: '100000\n3\n100000\n',
      },
      {
        because: 'a container that is not there is named',
        line: '$K exec $POD -c nobody -- true',
        exit: 1,
        stdout: '',
        stderr: /container (nobody is not valid|not found|.*nobody)/,
      },
      {
        because: 'a program that is not there fails',
        line: '$K exec $POD -- /no/such/program; test $? -ge 126 && echo failed',
        exit: 0,
        stdout: 'failed\n',
      },
      {
        because: 'files are copied in and out',
        line: `cd $HOME; rm -rf tree back; mkdir -p tree/sub; head -c 3000000 /dev/urandom >tree/sub/octets; echo text >tree/file
             $K cp tree $POD:/tmp/tree-$ID && $K cp $POD:/tmp/tree-$ID back >/dev/null && diff -r tree back && echo same
             $K exec $POD -- rm -r /tmp/tree-$ID`,
        exit: 0,
        stdout: 'same\n',
      },
      {
        because: 'a pod is made, runs what is piped into it, and goes',
        line: `$K run once-$ID -i --rm --quiet --restart=Never --image=busybox -- sh -c 'sleep 1; read a; echo "got $a"; exit 4'; echo $?`,
        input: 'this\n',
        exit: 0,
        stdout: 'got this\n4\n',
      },
      {
        because: 'who is attached sees what the container prints from then on, up to its end',
        line: `$K run clock-$ID --restart=Never --image=busybox -- sh -c 'for i in $(seq 30); do echo tick; sleep 0.1; done' >/dev/null
             $K wait --for=condition=Ready pod/clock-$ID >/dev/null
             $K attach clock-$ID 2>/dev/null | sort -u; $K delete pod clock-$ID --now >/dev/null`,
        exit: 0,
        stdout: 'tick\n',
      },
      {
        because: 'a node is looked at from a pod on it',
        line: `timeout 30 $K debug node/$NODE -i --quiet --image=busybox -- cat`,
        input: 'over there\n',
        exit: 0,
        stdout: 'over there\n',
      },
    ],
  )('$because', async ({ line, input, exit, stdout, stderr }) => {
    const said = await shell(line, input)
    expect({ ...said, stderr: stderr === undefined ? '' : said.stderr }).toEqual({
      exit,
      stdout,
      stderr: stderr === undefined ? '' : expect.stringMatching(stderr),
    })
  })

  // Before 1.23 kubectl asks in a way that API servers know no more.
  if (version !== '1.20')
    test('an ephemeral container joins a pod', async () => {
      const said = await shell(`timeout 30 $K debug $OTHER -i --quiet --image=busybox -- cat`, 'within\n')
      expect(said.stdout).toBe('within\n')
    })

  test('a client that stops reading ends the program', async () => {
    const said = await shell(`$K exec $POD -- sh -c 'yes; sleep ${String(unique)}' | head -n 1`)
    expect(said.stdout).toBe('y\n')
    await expect.poll(() => runsInPod('yes')).toBe('0')
  })

  test.each([
    { because: 'waits', seconds: unique + 1, line: (sleep: string) => `$K exec $POD -- ${sleep}` },
    {
      because: 'sends what nobody reads',
      seconds: unique + 2,
      line: (sleep: string) => `exec $K exec -i $POD -- ${sleep} </dev/zero`,
    },
  ])('a client that is killed while it $because leaves no program', async ({ seconds, line }) => {
    const child = spawn('bash', ['-c', line(`sleep ${String(seconds)}`)], {
      env: where,
      stdio: 'ignore',
      detached: true,
    })
    open.push(child)
    await expect.poll(() => runsInPod(`sleep ${String(seconds)}`), { timeout: 30_000 }).toBe('1')
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    await expect.poll(() => runsInPod(`sleep ${String(seconds)}`), { timeout: 60_000 }).toBe('0')
  })

  test('on a terminal: its size, its keys, Ctrl-C, and the exit status', async () => {
    const terminal = onTerminal(
      `$K exec -it $POD -- sh -c 'stty size; trap "echo caught; exit 5" INT; read a; echo "got $a"; while :; do sleep 0.1; done'`,
      where,
    )
    await terminal.shows(/33 111/)
    terminal.type('keys\r')
    await terminal.shows(/got keys/)
    terminal.type('\x03')
    await terminal.shows(/caught/)
    expect(await terminal.exit).toBe(5)
  })

  test('on a terminal that is drawn larger the program learns of it', async () => {
    const terminal = onTerminal(
      `tty=$(tty); (while ! [ -e $HOME/larger-$ID ]; do sleep 0.1; done; stty -F $tty cols 77 rows 22) & $K exec -it $POD -- sh -c 'trap "stty size" WINCH; stty size; while :; do sleep 0.1; done'`,
      where,
    )
    await terminal.shows(/33 111/)
    execFileSync('touch', [join(home, `larger-${letter}`)])
    await terminal.shows(/22 77/)
    terminal.type('\x03')
    await terminal.exit
  })

  test('a terminal that is closed ends the program', async () => {
    const terminal = onTerminal(`$K exec -it $POD -- sleep ${String(unique + 3)}`, where)
    await expect.poll(() => runsInPod(`sleep ${String(unique + 3)}`), { timeout: 30_000 }).toBe('1')
    terminal.kill()
    await expect.poll(() => runsInPod(`sleep ${String(unique + 3)}`), { timeout: 30_000 }).toBe('0')
  })

  test('run -it opens a shell in a pod of its own', async () => {
    const terminal = onTerminal(`$K run shell-$ID -it --rm --restart=Never --image=busybox -- sh`, where)
    await terminal.shows(/press(ing)? enter|[$#] $/)
    terminal.type('echo $((40 + 2)) $(tty)\r')
    await terminal.shows(/42 \/dev\/pts/)
    terminal.type('exit 6\r')
    await terminal.exit
    await expect
      .poll(async () => (await shell(`$K get pod shell-$ID -o name --ignore-not-found`)).stdout)
      .toBe('')
  })

  test('port-forward reaches a server in a pod, more than once', async () => {
    const script = `
      $K run web-$ID --image=traefik/whoami >/dev/null; $K wait --for=condition=Ready --timeout=60s pod/web-$ID >/dev/null
      # A pod without a probe is ready before its server listens.
      for try in $(seq 50); do $K exec web-$ID -- bash -c '</dev/tcp/127.0.0.1/80' 2>/dev/null && break; sleep 0.2; done
      $K port-forward pod/web-$ID :80 >$HOME/forward-$ID & forward=$!
      for try in $(seq 200); do port=$(sed -n 's/^Forwarding from 127.0.0.1:\\([0-9]*\\) .*/\\1/p' $HOME/forward-$ID); [ -n "$port" ] && break; sleep 0.1; done
      for path in one two three; do curl -s -m 5 http://127.0.0.1:$port/$path | grep -o "GET /$path"; done
      kill $forward; $K delete pod web-$ID --now >/dev/null`
    expect((await shell(script)).stdout).toBe('GET /one\nGET /two\nGET /three\n')
  })

  test('a pod goes though somebody is attached who reads nothing of what it prints', async () => {
    await shell(
      '$K run loud-$ID --image=busybox --restart=Never -- sh -c "sleep 2; head -c 30000000 /dev/urandom | base64 -w 1000; sleep 1000"; $K wait --for=condition=Ready pod/loud-$ID',
    )
    const child = spawn('bash', ['-c', 'exec $K attach loud-$ID >$HOME/loud-$ID'], {
      env: where,
      stdio: 'ignore',
      detached: true,
    })
    open.push(child)
    await shell('until [ -s $HOME/loud-$ID ]; do sleep 0.1; done')
    process.kill(-(child.pid ?? 0), 'SIGSTOP')
    const { stdout } = await shell('sleep 1; timeout 30 $K delete pod loud-$ID --now; echo $?')
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    expect(stdout).toMatch(/deleted.*\n0\n$/)
  })

  test('20 sessions at a time each have their own', async () => {
    const said = await shell(
      `for i in $(seq 20); do (test "$(echo $i | $K exec -i $POD -- cat)" = $i || echo lost $i) & done; wait; echo done`,
    )
    expect(said.stdout).toBe('done\n')
  })
})
