import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestLab, type Outcome, type TestLab } from './lab.ts'
import { notPrinted } from './shown.ts'
import { ctrlC, prompt, type Terminal } from './terminal.ts'
import { commandsOf, readTutorial, type CommandBlock, type ShownBlock } from './tutorial-page.ts'
import { logIn, nodes, outside, pods, tutorialRows, watchIcmp } from './tutorial-rows.ts'

/**
 * Types the commands of docs/tutorial.md, every one as it stands and in its order, where the page says: on this machine,
 * at the prompt of `podpath lab shell`, at a node's. Holds what each prints against its row in `tutorialRows`, and against
 * what the page shows. Needs root, sshd, sudo, kubectl, the AWS CLI, conntrack and tcpdump.
 */

const page = (path: string) =>
  readTutorial(readFileSync(join(import.meta.dirname, '../../docs', path), 'utf8'))
const english = page('tutorial.md')
const korean = page('ko/tutorial.md')
const rowOf = new Map(tutorialRows.map((row) => [row.command, row]))
const typedOnMachine = (block: CommandBlock): boolean =>
  block.commands.every((command) => rowOf.get(command)?.at === 'machine')

describe('the page', () => {
  test('has the commands of the table, and no others', () => {
    const commands = new Set(commandsOf(english))
    expect([...commands].filter((command) => !rowOf.has(command))).toEqual([])
    expect([...rowOf.keys()].filter((command) => !commands.has(command))).toEqual([])
  })

  test('has every command of the tutorial that podpath set out to prove', () => {
    expect(tutorialRows.filter((row) => row.of === 'first')).toHaveLength(23)
    expect(commandsOf(english).filter((command) => rowOf.get(command)?.of === 'first')).toHaveLength(27)
  })

  test('in Korean has the same commands in the same chapters, and shows what follows the same', () => {
    const shape = (blocks: typeof english) =>
      blocks.map((block) =>
        block.kind === 'commands' ? block : { ...block, text: block.terminal === null ? '' : block.text },
      )
    expect(shape(korean)).toEqual(shape(english))
  })
})

/** What was printed by the blocks of commands, and by the terminals in which tcpdump ran. */
class Printed {
  readonly #byBlock = new Map<CommandBlock, string>()
  readonly #terminals: { readonly chapter: string; readonly node: string; readonly text: string }[] = []
  add(block: CommandBlock, text: string): void {
    this.#byBlock.set(block, (this.#byBlock.get(block) ?? '') + text)
  }
  addTerminal(chapter: string, node: string, text: string): void {
    this.#terminals.push({ chapter, node, text })
  }
  terminal(chapter: string, node: string): string {
    return this.#terminals.find((one) => one.chapter === chapter && one.node === node)?.text ?? ''
  }
  /** What stands on the page as `shown` is of these commands, or of that node's terminal. */
  behind(shown: ShownBlock, blocks: typeof english): string {
    if (shown.terminal !== null) return this.terminal(shown.chapter, shown.terminal)
    const before = blocks.slice(0, blocks.indexOf(shown)).findLast((block) => block.kind === 'commands')
    return (before && this.#byBlock.get(before)) ?? ''
  }
}

/** Runs a command of the page's that begins with `npx podpath`, in the checkout. */
async function onMachine(lab: TestLab, command: string): Promise<Outcome> {
  const words = command.split(' ').slice(2)
  if (command === 'npx podpath lab up') return lab.started
  if (command === 'npx podpath lab down') return lab.down()
  return lab.podpath(...words)
}

async function openShell(lab: TestLab): Promise<Terminal> {
  const terminal = lab.terminal()
  await terminal.until(prompt)
  return terminal
}

const shell = 'npx podpath lab shell'

describe('the tutorial, typed', () => {
  let lab: TestLab
  let bastion: Terminal | undefined
  let ended = false
  /** The further terminals, by the name of the node they are logged in to. */
  const watching = new Map<string, Terminal>()
  const printed = new Printed()
  const nameOf = (number: number): string => `ip-${nodes[number - 1]?.address.replaceAll('.', '-') ?? ''}`

  /** Ctrl-C in every terminal that watches; the reader looks at what it saw. */
  const stopWatching = async (chapter: string): Promise<void> => {
    // tcpdump shows a packet within a second of its arrival, not at once (libpcap's read time-out).
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    for (const [node, terminal] of watching) {
      terminal.type(ctrlC)
      await terminal.until(prompt, terminal.shown().lastIndexOf('listening on'))
      printed.addTerminal(
        chapter,
        node,
        terminal.shown().slice(terminal.shown().lastIndexOf(`[ec2-user@${node} ~]$ sudo`)),
      )
      await terminal.close()
    }
    watching.clear()
  }

  beforeAll(async () => {
    lab = await startTestLab()
  })
  afterAll(async () => {
    for (const terminal of watching.values()) await terminal.close()
    if (!ended) await lab.down()
  })

  for (const [index, block] of english.entries()) {
    const name = `${index}. chapter ${block.chapter}`
    if (block.kind === 'shown') {
      test(`${name}: it shows what the page shows`, async () => {
        if (block.terminal !== null && watching.size > 0) await stopWatching(block.chapter)
        expect(notPrinted(block.text, printed.behind(block, english))).toBeNull()
      })
      continue
    }
    test.each(block.commands)(`${name}: %s`, async (command) => {
      const row = rowOf.get(command)
      if (command === shell) {
        bastion = await openShell(lab)
        printed.add(block, bastion.shown().replace(prompt, ''))
      } else if (row?.at === 'machine') {
        if (command === 'npx podpath lab down') {
          await bastion?.close()
          ended = true
        }
        const { out, err, exit } = await onMachine(lab, command)
        expect(exit, `${err}${out}`).toBe(row.exit ?? 0)
        printed.add(block, err + out)
        for (const pattern of row.seen) expect(err + out).toMatch(pattern)
      } else if (logIn.test(command)) {
        const node = nameOf(Number(logIn.exec(command)?.[1]))
        const terminal = await openShell(lab)
        watching.set(node, terminal)
        expect(await terminal.command(command)).toBe('')
        expect(terminal.shown().endsWith(`\n[ec2-user@${node} ~]$ `)).toBe(true)
      } else if (command === watchIcmp) {
        const terminal = [...watching.values()].at(-1)
        terminal?.type(`${command}\n`)
        for (const pattern of row?.seen ?? []) await terminal?.until(pattern)
      } else {
        const text = (await bastion?.command(command)) ?? ''
        printed.add(block, text)
        for (const pattern of row?.seen ?? [/^row$/]) expect(text).toMatch(pattern)
        if (command === 'kubectl delete deploy netshoot-pod') await podsAreGone()
      }
    })
  }

  const podsAreGone = async (): Promise<void> => {
    await expect
      .poll(async () => (await lab.run('kubectl', 'get', 'pods')).err, { timeout: 60_000, interval: 500 })
      .toBe('No resources found in default namespace.\n')
    for (const [index, { address }] of nodes.entries()) {
      const { out } = await lab.run('ssh', `ec2-user@${address}`, 'ip', 'route')
      expect(out).toContain('default via')
      expect(out).not.toContain(pods[index])
    }
  }

  /** tcpdump's lines about one packet: interface, direction, source, destination. */
  const seen = (
    chapter: string,
    node: number,
    kind: 'request' | 'reply',
    sequence: number,
    peer: string,
  ): readonly string[] =>
    printed
      .terminal(chapter, nameOf(node))
      .split('\n')
      .filter(
        (line) => line.includes(`echo ${kind}`) && line.includes(`seq ${sequence},`) && line.includes(peer),
      )
      .map((line) =>
        line
          .replace(/^\S+ +(\S+) +(In|Out) +IP (\S+) > (\S+): .*/, '$1 $2 $3 $4')
          .replace(/^eni[0-9a-f]{11}/, 'eni'),
      )

  test.each([
    { from: 1, to: 2, because: 'pod 1 to pod 2' },
    { from: 1, to: 3, because: 'pod 1 to pod 3' },
    { from: 2, to: 3, because: 'pod 2 to pod 3' },
  ])('tcpdump on both nodes showed $because with the pods’ own addresses: no translation', ({ from, to }) => {
    const a = pods[from - 1] ?? ''
    const b = pods[to - 1] ?? ''
    for (const sequence of [1, 2]) {
      const at = (node: number, kind: 'request' | 'reply') =>
        seen('5', node, kind, sequence, kind === 'request' ? `${a} > ${b}` : `${b} > ${a}`)
      expect(at(from, 'request')).toEqual([`eni In ${a} ${b}`, `eth0 Out ${a} ${b}`])
      expect(at(to, 'request')).toEqual([`eth0 In ${a} ${b}`, `eni Out ${a} ${b}`])
      expect(at(to, 'reply')).toEqual([`eni In ${b} ${a}`, `eth0 Out ${b} ${a}`])
      expect(at(from, 'reply')).toEqual([`eth0 In ${b} ${a}`, `eni Out ${b} ${a}`])
    }
  })

  test('tcpdump on node 1 showed the ping to the internet with two sources: the pod’s, then the node’s', () => {
    const node = nodes[0]?.address ?? ''
    expect(seen('6', 1, 'request', 1, outside)).toEqual([
      `eni In ${pods[0]} ${outside}`,
      `eth0 Out ${node} ${outside}`,
    ])
    expect(seen('6', 1, 'reply', 1, outside)).toEqual([
      `eth0 In ${outside} ${node}`,
      `eni Out ${outside} ${pods[0]}`,
    ])
  })
})

describe('the Korean page', () => {
  let lab: TestLab
  let ended = false
  beforeAll(async () => {
    lab = await startTestLab('ko_KR.UTF-8')
  })
  afterAll(async () => {
    if (!ended) await lab.down()
  })

  const printed = new Printed()
  for (const [index, block] of korean.entries()) {
    if (block.kind === 'commands') {
      if (!typedOnMachine(block)) continue
      test.each(block.commands)(`${index}. chapter ${block.chapter}: %s, in Korean`, async (command) => {
        ended = command === 'npx podpath lab down'
        if (command === shell) {
          const terminal = await openShell(lab)
          printed.add(block, terminal.shown())
          await terminal.close()
          return
        }
        const { out, err } = await onMachine(lab, command)
        printed.add(block, err + out)
      })
      continue
    }
    const before = korean.slice(0, index).findLast((one) => one.kind === 'commands')
    if (before && typedOnMachine(before))
      test(`${index}. chapter ${block.chapter}: it shows what the page shows`, () => {
        expect(notPrinted(block.text, printed.behind(block, korean))).toBeNull()
      })
    else
      test(`${index}. chapter ${block.chapter}: what is not podpath’s speaks no Korean`, () => {
        expect(block).toEqual(english[index])
      })
  }
})
