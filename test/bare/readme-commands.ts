/** A command that a page tells its readers to type. */
export interface PageCommand {
  /** The heading above it. */
  readonly section: string
  readonly command: string
}

/**
 * The commands of a Markdown page, in its order: the lines of its `sh` blocks without their remarks, and what stands
 * between backquotes in its sentences and begins with `podpath` and a word.
 */
export function pageCommands(markdown: string): readonly PageCommand[] {
  const commands: PageCommand[] = []
  let section = ''
  let fence: string | undefined
  let prose = ''
  const endOfProse = (): void => {
    for (const [, command = ''] of prose.matchAll(/`(podpath [^`]+)`/g))
      commands.push({ section, command: command.replace(/\s+/g, ' ') })
    prose = ''
  }
  for (const line of markdown.split('\n')) {
    const opened = /^```(\w*)/.exec(line)
    if (opened) {
      endOfProse()
      fence = fence === undefined ? (opened[1] ?? '') : undefined
    } else if (fence === 'sh') {
      const command = withoutRemark(line)
      if (command !== '') commands.push({ section, command })
    } else if (fence === undefined) {
      const heading = /^#+\s+(.*\S)/.exec(line)
      if (heading) {
        endOfProse()
        section = heading[1] ?? ''
      } else prose += `${line}\n`
    }
  }
  endOfProse()
  return commands
}

/** The remarks of our pages stand behind two spaces or alone on a line. */
const withoutRemark = (line: string): string => line.replace(/(^|\s\s)#\s.*$/, '').trim()
