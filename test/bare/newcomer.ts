import { checkoutText } from './checkout.ts'
import { pageCommands } from './readme-commands.ts'
import { readmeSteps } from './readme-steps.ts'
import type { Step } from './step.ts'

/** It sets the system up. */
export const firstCommand = 'npm run demo'

const down: Step = {
  command: 'npx podpath lab down',
  because: 'the next page begins without a lab',
  shows: [],
}

/** README.md, command by command. */
export function readmeHour(withTests: boolean): readonly Step[] {
  const readme = readmeSteps(pageCommands(checkoutText('README.md')))
  return [...readme.filter(({ command }) => withTests || command !== 'npm test'), down]
}

/** Labs one after another: what fails once in a while does not fail for everybody. */
export const starts = (count: number): Step => ({
  command: `for start in $(seq ${count}); do npx podpath lab up && npx podpath lab down || break; echo "started $start"; done`,
  because: 'a lab that failed once in four starts looked well in most tries',
  shows: [new RegExp(`^started ${count}$`, 'm')],
})

/** What newcomers type next without having read anything. */
export const wishes: readonly Step[] = [
  {
    command: 'npx podpath lab up',
    because: 'once more, and not for the first time',
    shows: [/^The lab is up/m],
  },
  {
    command: `npx podpath lab shell -- bash -c 'kubectl exec $PODNAME1 -- ping -c 1 $PODIP2 && ssh ec2-user@$N1 sudo iptables -t nat -S && aws ec2 describe-instances --output table'`,
    because: 'kubectl, ssh, sudo and aws are there, without a terminal too',
    shows: [
      /1 packets transmitted, 1 received/,
      /-A AWS-SNAT-CHAIN-1/,
      /DescribeInstances/,
      /192\.168\.1\.138/,
    ],
  },
  down,
]
