/** The labs that the score is made on. */
export const modes = {
  al2: [],
  al2023: ['--ami=al2023'],
  private: ['--subnets=private'],
  'prefix delegation': ['--ami=al2023', '--prefix-delegation'],
} as const satisfies Readonly<Record<string, readonly string[]>>
export type Mode = keyof typeof modes
