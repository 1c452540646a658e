import type { PageCommand } from './readme-commands.ts'
import type { Step } from './step.ts'

/** What README.md's commands must show, each under the words that stand there. */
const expected: Readonly<Record<string, Omit<Step, 'command'>>> = {
  'npm run demo': {
    because: 'the first command of all sets up what is missing and proves every statement',
    shows: [/✓ ping \S+ → www\.google\.com/, /as predicted/],
  },
  'npm test': { because: 'all checks and tests', shows: [/Tests +\d+ passed/] },
  'podpath verify --lab --output svg --out figures/': {
    because: 'the two drawings of a run',
    shows: [/pod-to-pod\.svg/, /pod-to-internet\.svg/],
  },
  'npx podpath lab up': { because: 'a lab that stays', shows: [/^The lab is up/m] },
  'npx podpath lab status': {
    because: 'its nodes and pods',
    shows: [/192\.168\.1\.138/, /netshoot-pod-8675d4fb89-fkcv6/],
  },
  'npx podpath trace deploy/netshoot-pod www.google.com --lab': {
    because: 'a packet to the internet, sent and followed',
    shows: [/✓ .*www\.google\.com/, /as predicted/, /SNAT +192\.168\.1\.239 ⇒ 192\.168\.1\.138/],
  },
  'npx podpath explain deploy/netshoot-pod www.google.com --lab': {
    because: 'the same way predicted, line by line; the name is looked up in the pod',
    shows: [/AWS-SNAT-CHAIN-1/, /✓ DELIVERED/],
  },
  'npx podpath matrix --lab --probe': { because: 'who reaches whom', shows: [/DELIVERED +20 of 20 pairs/] },
  'npx podpath lab shell -- kubectl get pods -o wide': {
    because: 'kubectl is there, from the set-up if the machine has none',
    shows: [/^NAME +READY +STATUS/m, /^netshoot-pod-8675d4fb89-fkcv6 +1\/1 +Running .*192\.168\.1\.239/m],
  },
  'npx podpath lab down': { because: 'the end of it', shows: [/nothing is left of it/] },
  'npx podpath capture deploy/netshoot-pod --lab --filter icmp --out all.pcapng': {
    because: 'packets while they go by, until Ctrl-C',
    before: 'npx podpath lab up',
    after: 'npx podpath lab down',
    until: {
      ready: /Ctrl-C ends it/,
      elsewhere: `npx podpath lab shell -- bash -c 'kubectl exec $PODNAME1 -- ping -c 1 www.google.com'`,
      seen: /echo reply .* un-SNAT .*\n.*eth0 +in .*echo reply/,
    },
    shows: [/SNAT 192\.168\.1\.239 ⇒ 192\.168\.1\.138/, /^2 packets, seen 6 times, rewritten 2 times/m],
  },
  'podpath verify --lab --output markdown --lang ko --out report.md': {
    because: 'the report in a file, in Korean',
    shows: [/report\.md/],
  },
  'podpath verify --lab --json': { because: 'the report for programs', shows: [/"verdict":/] },
  'podpath lab break': { because: 'the list of what can be broken', shows: [/pod-route-missing/] },
  'npx podpath lab break pod-route-missing --pod netshoot-pod-8675d4fb89-j9znl': {
    because: 'something breaks as in real clusters',
    shows: [/podpath trace/],
  },
  'npx podpath trace default/netshoot-pod-8675d4fb89-fkcv6 default/netshoot-pod-8675d4fb89-j9znl --lab': {
    because: 'and is found',
    exit: 1,
    shows: [/code +POD_ROUTE_MISSING/],
  },
  'npx podpath lab heal': { because: 'and mended', shows: [/pod-route-missing/] },
}

/** The parts of README.md that a machine with nothing but a lab can follow. */
const sections = ['Quick start', 'What you see', 'When a packet dies'] as const

/** It needs a bundle that only the reader has. */
const notHere = new Set(['podpath explain --bundle'])

/**
 * README.md's commands in its order. A command that stands there alone with its name, in a sentence, is typed in the
 * checkout as those of the blocks are. One without a line above has to end well, no more.
 */
export function readmeSteps(commands: readonly PageCommand[]): readonly Step[] {
  return commands
    .filter(({ section, command }) => sections.some((one) => one === section) && !notHere.has(command))
    .map(({ command }) => ({
      command: command.replace(/^podpath /, 'npx podpath '),
      ...(expected[command] ?? { because: 'README.md says so', shows: [] }),
    }))
}

/** What is expected of commands that README.md no longer has. */
export const staleExpectations = (commands: readonly PageCommand[]): readonly string[] =>
  Object.keys(expected).filter((command) => !commands.some((one) => one.command === command))
