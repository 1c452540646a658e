/** One command of a tutorial, as it stands there. */
export interface TutorialCommand {
  /** The heading above it: `2.1.3 파드 간 ping 테스트`. */
  readonly section: string
  readonly text: string
}

/**
 * The commands of a tutorial in Markdown: the lines of its fenced blocks, but for blank ones and the remarks that
 * stand behind two slashes.
 */
export function tutorialCommands(markdown: string): readonly TutorialCommand[] {
  const commands: TutorialCommand[] = []
  let section = ''
  let fenced = false
  for (const line of markdown.split('\n')) {
    if (line.trim().startsWith('```')) fenced = !fenced
    else if (!fenced) section = /^#+\s+(.*\S)/.exec(line)?.[1] ?? section
    else if (line.trim() !== '' && !line.startsWith('//')) commands.push({ section, text: line })
  }
  return commands
}
