import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labUp, type TestLab } from '../lab/lab.ts'
import { podpath } from '../lab/podpath.ts'
import { serveUi, type ServedPage } from '../web/ui.ts'

/**
 * Whoever can connect can do so many times, and say nothing or half of something. Others are served meanwhile, and what is held does not
 * grow with the flood: every connection takes one of the descriptors that the lab's daemon needs for all that it does.
 */

let lab: TestLab
let page: ServedPage
beforeAll(async () => {
  lab = await labUp(['--name=idle'])
  page = await serveUi(['--lab=idle'], lab.where)
})
afterAll(async () => {
  await page?.end()
  await lab?.down()
})

const halves: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['half a request', 'GET / HTTP/1.1\r\nHost: x\r\n'],
  ['half a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf'],
]

/** Connects so many times to an address of this machine's loopback, says this, and stays. */
async function flood(origin: string, count: number, says: string): Promise<readonly Socket[]> {
  const { hostname, port } = new URL(origin)
  const sockets = Array.from({ length: count }, () => {
    const socket = connect({ host: hostname, port: Number(port) })
    socket.on('error', () => undefined)
    socket.resume()
    socket.once('connect', () => socket.write(says))
    return socket
  })
  await expect.poll(() => sockets.filter((one) => one.connecting).length).toBe(0)
  return sockets
}
const living = (sockets: readonly Socket[]): number => sockets.filter((one) => !one.destroyed).length

describe.each(halves)('from this machine, saying %s', (_, says) => {
  test.each<[string, () => string, number, () => Promise<boolean>]>([
    [
      'EC2’s door',
      () => lab.record.aws?.endpoint ?? '',
      128,
      async () => (await fetch(lab.record.aws?.endpoint ?? '')).status === 403,
    ],
    ['the page', () => page.origin, 128, async () => (await fetch(page.url)).status < 500],
    [
      // Of TLS it is not even half a handshake.
      'the Kubernetes API',
      () => lab.record.kubernetes?.server ?? '',
      1024,
      async () => (await lab.kubectl('get', 'nodes')).includes('Ready'),
    ],
  ])('to %s', async (_door, origin, most, served) => {
    const sockets = await flood(origin(), 400, says)
    expect(await served()).toBe(true)
    await expect.poll(() => living(sockets)).toBeLessThanOrEqual(most)
    for (const socket of sockets) socket.destroy()
  })
})

describe('from a pod', () => {
  /** Connects so many times from pod 1, says this, stays for a while, and counts how many are left after a second. */
  const flooded = async (
    address: string,
    port: number,
    count: number,
    says: string,
    meanwhile: () => Promise<void>,
  ): Promise<number> => {
    const code = `
import select, socket, time
held = []
for _ in range(${count}):
    try:
        s = socket.create_connection(('${address}', ${port}), 2); s.sendall(${JSON.stringify(says)}.encode()); held.append(s)
    except OSError: pass
print('READY', flush=True)
time.sleep(1)
def lives(s):
    try:
        while s in select.select([s], [], [], 0)[0]:
            if s.recv(4096) == b'': return False
        return True
    except OSError: return False
print('HELD', sum(map(lives, held)), flush=True)
time.sleep(60)`
    const child = spawn(
      'kubectl',
      [
        ...['--kubeconfig', `${lab.record.directory}/kubeconfig`, 'exec', lab.pods[0] ?? '', '--'],
        ...['timeout', '60', 'python3', '-c', code],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], timeout: 70_000 },
    )
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    try {
      await expect.poll(() => said, { timeout: 40_000 }).toContain('READY')
      await meanwhile()
      await expect.poll(() => said, { timeout: 10_000 }).toMatch(/HELD \d+/)
      return Number(/HELD (\d+)/.exec(said)?.[1])
    } finally {
      // What was started with exec ends with it.
      child.kill('SIGKILL')
    }
  }

  test.each(halves)('to the instance metadata, saying %s: other pods are answered', async (_, says) => {
    const held = await flooded('169.254.169.254', 80, 300, says, async () => {
      const { output } = await lab.inPod(
        2,
        'curl -s -m 5 -o /dev/null -w %{http_code} http://169.254.169.254/latest/meta-data/',
      )
      expect(output).toBe('200')
    })
    expect(held).toBeLessThanOrEqual(128)
  })

  test('to the cluster’s DNS by TCP: other pods are answered', async () => {
    const held = await flooded('10.100.0.10', 53, 600, '\u0000', async () => {
      const { output } = await lab.inPod(
        2,
        'dig +tcp +short +tries=1 +time=5 kubernetes.default.svc.cluster.local',
      )
      expect(output.trim()).toBe('10.100.0.1')
    })
    // Two of CoreDNS.
    expect(held).toBeLessThanOrEqual(512)
  })

  test('to a node’s sshd: others log in', async ({ skip }) => {
    const without = lab.record.shell?.withoutSsh ?? null
    skip(without !== null, without ?? '')
    const node = (
      await lab.kubectl('get', 'node', lab.nodes[1] ?? '', '-o', 'jsonpath={.status.addresses[0].address}')
    ).trim()
    const held = await flooded(node, 22, 260, '', async () => {
      const words = [
        'lab',
        'shell',
        '--name=idle',
        '--',
        'ssh',
        '-o',
        'ConnectTimeout=10',
        `ec2-user@${node}`,
        'id',
      ]
      const { stdout, stderr } = await podpath(words, lab.where)
      expect(stdout, stderr).toContain('ec2-user')
    })
    expect(held).toBeLessThanOrEqual(40)
  })
})
