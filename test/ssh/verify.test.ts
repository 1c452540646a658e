import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestLab, type Outcome, type TestLab } from '../seed/lab.ts'

/** podpath by ssh, from the bastion of a lab, as a user would from theirs. Needs root, sshd, sudo and kubectl. */

let lab: TestLab
beforeAll(async () => {
  lab = await startTestLab()
})
afterAll(async () => {
  expect((await lab.down()).exit).toBe(0)
})

const login = '--via ssh --ssh-user ec2-user --ssh-key ~/.ssh/id_ed25519'

interface Check {
  readonly id: string
  readonly state: string
}
const checksOf = ({ out }: Outcome): readonly Check[] =>
  (JSON.parse(out) as { experiments: readonly { checks: readonly Check[] }[] }).experiments.flatMap(
    (one) => one.checks,
  )

const everything = 'kubectl get all,ns,ds,pods -A -o yaml'

test('from the bastion every statement holds, and the cluster is as it was', async () => {
  const before = await lab.script(everything)
  const verified = await lab.script(`podpath verify ${login} --json`)
  expect(verified.err).toContain('Logged in to 3 nodes')
  expect(verified.exit).toBe(0)
  expect(checksOf(verified).filter((check) => check.state === 'passed')).toHaveLength(26)
  expect((await lab.script(everything)).out).toBe(before.out)
})

test('from the machine of the lab the same, through its bastion', async () => {
  const verified = await lab.podpath('verify', '--lab', '--via', 'ssh', '--json')
  expect(checksOf(verified).filter((check) => check.state === 'passed')).toHaveLength(26)
  expect(verified.exit).toBe(0)
})

test('explain and snapshot read the same tables', async () => {
  const explained = await lab.script(`podpath explain $PODNAME1 $PODIP2 ${login} --json`)
  expect((JSON.parse(explained.out) as { verdict: string }).verdict).toBe('delivered')
  const recorded = await lab.script(`podpath snapshot ${login} --out bundle && ls bundle/stacks | wc -l`)
  expect(recorded.err).toMatch(/\d+ network stacks recorded/)
  expect(Number(recorded.out)).toBeGreaterThanOrEqual(6)
})

describe('what does not go is one line', () => {
  test.each([
    {
      words: '--ssh-known-hosts /dev/null',
      line: /^podpath: node\/ip-\S+: the host key of 192\.168\.\d\.\d+ is not known: .*ssh-keyscan .*--ssh-known-hosts \(and 2 more\)$/,
      because: 'nobody has seen the nodes’ keys',
    },
    {
      words: '--ssh-user root',
      line: /^podpath: node\/ip-\S+: root@192\.168\.\d\.\d+ does not let us in \(publickey\)/,
      because: 'root does not log in',
    },
    {
      words: '--ssh-port 2222',
      line: /^podpath: node\/ip-\S+: no connection to 192\.168\.\d\.\d+ port 2222: Connection refused/,
      because: 'nobody listens there',
    },
  ])('$because', async ({ words, line }) => {
    const said = await lab.script(`podpath verify --via ssh ${words}`)
    expect(said.exit).toBe(3)
    expect(said.out).toBe('')
    expect(said.err.trimEnd().split('\n').at(-1)).toMatch(line)
  })
})

describe('an end from outside leaves nothing', () => {
  const left = async (): Promise<string> =>
    (
      await lab.script(
        `pgrep -c -x ssh; for n in $N1 $N2 $N3; do ssh ec2-user@$n "pgrep -c tcpdump; pgrep -cf '[s]udo -n'"; done | sort -u; ls /tmp`,
      )
    ).out
  test.each([
    { signal: 'INT', status: 130 },
    { signal: 'KILL', status: 137 },
  ])('$signal', async ({ signal, status }) => {
    // -n: the script is on standard input, and ssh would read what is left of it.
    const ended = await lab.script(`
      podpath trace $PODNAME1 $PODIP2 --count 100 ${login} >/dev/null 2>&1 &
      until ssh -n ec2-user@$N1 pgrep -x tcpdump >/dev/null; do sleep 0.2; done
      kill -${signal} $!
      wait $!
      echo ended $?`)
    expect(ended.out).toBe(`ended ${status}\n`)
    await expect.poll(left, { timeout: 30_000, interval: 500 }).toMatch(/^0\n0\n/)
    if (signal === 'INT') expect(await left()).toBe('0\n0\n')
  })
})

test('a node without tcpdump is said before anything is sent, with the way to install it', async () => {
  await lab.script('ssh ec2-user@$N1 "sudo mount --bind /dev/null /usr/bin/tcpdump"')
  const said = await lab.script(`podpath trace $PODNAME1 $PODIP2 ${login}`)
  await lab.script('ssh ec2-user@$N1 "sudo umount /usr/bin/tcpdump"')
  expect(said.err.trimEnd().split('\n').at(-1)).toMatch(
    /^podpath: node ip-192-168-1-138\S* has no tcpdump: .+/,
  )
  expect(said.exit).toBe(3)
})
