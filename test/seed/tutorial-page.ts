/** A block of the tutorial's page: commands to type, or what a terminal then shows. */
export type TutorialBlock = CommandBlock | ShownBlock

export interface CommandBlock {
  readonly kind: 'commands'
  /** The number of its chapter: `## 5. From pod to pod`. */
  readonly chapter: string
  readonly commands: readonly string[]
}

export interface ShownBlock {
  readonly kind: 'shown'
  readonly chapter: string
  readonly text: string
  /** The node whose terminal it is, by its name in the prompt at the head; null: of the commands before it. */
  readonly terminal: string | null
}

/** The fenced blocks of the tutorial's page in Markdown, in their order: `sh` are commands, one a line, the rest is shown. */
export function readTutorial(markdown: string): readonly TutorialBlock[] {
  const blocks: TutorialBlock[] = []
  let chapter = ''
  for (const [, heading, language, text = ''] of markdown.matchAll(
    /^## (\d+)\..*$|^```(\w*)\n([^]*?)\n```$/gm,
  ))
    if (heading !== undefined) chapter = heading
    else if (language === 'sh') blocks.push({ kind: 'commands', chapter, commands: text.split('\n') })
    else {
      const terminal = /^\[ec2-user@(\S+) ~\]\$ /.exec(text)?.[1] ?? null
      blocks.push({ kind: 'shown', chapter, text, terminal })
    }
  return blocks
}

export const commandsOf = (blocks: readonly TutorialBlock[]): readonly string[] =>
  blocks.flatMap((block) => (block.kind === 'commands' ? block.commands : []))
