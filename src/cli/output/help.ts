import { Help, type Command, type HelpConfiguration } from 'commander'

/** Headings of the options that many commands share; a command's own come first, under `Options:`. */
export const sharedOptions = {
  source: 'Which cluster:',
  output: 'The result:',
  nodes: 'How its nodes are reached:',
  agent: 'By an agent in the cluster:',
  ssh: 'By ssh:',
} as const

const order = ['Arguments:', 'Commands:', 'Options:', ...Object.values(sharedOptions)]

/** Adds the options of one heading. */
export function underHeading(
  heading: keyof typeof sharedOptions,
  command: Command,
  add: (command: Command) => Command,
): Command {
  add(command.optionsGroup(sharedOptions[heading]))
  // The command's own go on under the usual heading.
  return command.optionsGroup('')
}

/** How help is laid out: what one looks for first stands first, and defaults read as one would type them. */
export const helpLayout: HelpConfiguration = {
  groupItems(unsorted, visible, groupOf) {
    const groups = Help.prototype.groupItems(unsorted, visible, groupOf)
    return new Map([...groups].toSorted(([one], [other]) => order.indexOf(one) - order.indexOf(other)))
  },
  optionDescription: (option) => withoutQuotes(Help.prototype.optionDescription(option)),
  argumentDescription: (argument) => withoutQuotes(Help.prototype.argumentDescription(argument)),
}

const withoutQuotes = (text: string): string =>
  text
    .replace(/ \(default: (\[\]|"")\)$/, '')
    .replace(/\(choices: [^)]*\)$|\(default: "[^"]*"\)$/, (extra) => extra.replaceAll('"', ''))
