import { checkoutText } from './checkout.ts'
import { pageCommands } from './readme-commands.ts'
import { readmeSteps } from './readme-steps.ts'
import type { Step } from './step.ts'

/** What is between the pages: each begins without a lab. */
const withoutLab: Step = {
  command: 'npx podpath lab down',
  because: 'the next page begins without a lab',
  shows: [],
}

/** A newcomer's first hour, command by command. */
export function newcomerSteps(withTests: boolean): readonly Step[] {
  const readme = readmeSteps(pageCommands(checkoutText('README.md')))
  return [...readme.filter(({ command }) => withTests || command !== 'npm test'), withoutLab]
}
