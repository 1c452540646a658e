import type { Extra, Scenario, TestFlow } from './scenario.ts'

/** Left, middle and right in a row: 172.20.0.1 – 10.0.0.1|10.0.0.2 – 172.20.1.1 – 10.1.0.1|10.1.0.2 – 172.20.2.1. */

const names = { left: 0, middle: 1, right: 2 } as const

export interface LineCase {
  readonly name: string
  /** Why it goes as it does, in the kernel's terms. */
  readonly because: string
  readonly six?: boolean
  /** IPv6: neighbours are not given but asked for. */
  readonly discovers?: boolean
  /** What is done to each, a shell command a line. */
  readonly left?: string
  readonly middle?: string
  readonly right?: string
  /** Default: a datagram from left to 10.1.0.2. */
  readonly flow?: Partial<TestFlow>
  /** The engine need not know. */
  readonly open?: boolean
}

const usual: TestFlow = {
  id: 0,
  from: 0,
  to: '10.1.0.2',
  protocol: 'udp',
  port: 53,
  sourcePort: 20000,
  source: null,
  mark: 0,
  length: 100,
  whole: false,
  tos: 0,
  connected: false,
}

export function lineScenario(one: LineCase): Scenario {
  const extras = (['left', 'middle', 'right'] as const).flatMap((place): Extra[] =>
    one[place] === undefined ? [] : [{ stack: names[place], kind: 'shell', text: one[place] }],
  )
  return {
    seed: 0,
    six: one.six ?? false,
    ...(one.discovers === true ? { discovers: true } : {}),
    stacks: 3,
    wires: [
      { a: 0, b: 1, mtu: 1500 },
      { a: 1, b: 2, mtu: 1500 },
    ],
    extras,
    flows: [{ ...usual, ...one.flow }],
  }
}
