import type { ProgressSentences } from '../sentences/progress-sentences.ts'
import { objectName } from './object-name.ts'

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

export const progress: ProgressSentences = {
  labStarting: (nodes, pods) => `Starting a lab: ${count(nodes, 'node')}, ${count(pods, 'pod')}`,
  labReady: (milliseconds) => `The lab is up (${milliseconds} ms)`,
  labIncomplete: (missing, line) => `Without ${missing.join('; ')}. For all of it: ${line}`,
  labUnlimited:
    'This user has no control groups of its own here, so nothing limits the lab’s memory, and resources.limits of pods do not hold (systemd-run --user --scope podpath lab up, or root, gives some)',
  labStopping: 'Taking the lab down',
  labGone: 'The lab is gone, nothing is left of it',
  clusterReading: (name) => `Reading cluster ${name}`,
  clusterRead: (nodes, pods) => `Found ${count(nodes, 'node')} and ${count(pods, 'pod')}`,
  deploying: (pods) => `Creating the test deployment: ${count(pods, 'pod')}`,
  deploymentRemoving: 'Removing the test deployment',
  agentCreating: (nodes) => `Starting the agent on ${count(nodes, 'node')}`,
  agentReady: (milliseconds) => `The agent is ready (${milliseconds} ms)`,
  agentRemoving: 'Removing the agent',
  agentRemoved: 'The cluster is removing the agent',
  leftBehind: ({ object, cluster, because, certain, command }) =>
    `podpath: ${objectName(object)} ${certain ? 'is' : 'may be'} left in ${cluster}${because === null ? '' : ` (${because})`}; to remove it: ${command}`,
  sshOpening: (nodes) => `Logging in to ${count(nodes, 'node')} by ssh`,
  sshOpen: (nodes, milliseconds) => `Logged in to ${count(nodes, 'node')} (${milliseconds} ms)`,
  sshClosing: 'Closing the ssh connections',
  sshClosed: 'The ssh connections are closed',
  snapshotTaking: (stacks) => `Reading routes, rules and neighbours of ${count(stacks, 'network namespace')}`,
  captureStarting: (stacks) => `Starting tcpdump in ${count(stacks, 'network namespace')}`,
  captureListening: (stacks) => `Listening in ${count(stacks, 'network namespace')}`,
  probing: (from, to) => `Probing ${from} → ${to}`,
  probed: (received, sent) => `${received} of ${sent} answered`,
  pairsProbed: (done, all) => `${done} of ${all} pairs tried`,
  pairsPredicted: (done, all) => `${done} of ${all} pairs predicted`,
  askingKernels: 'Sending more probes, and listening to what the kernels throw away',
  following: 'Following the packets through the captures',
  predicting: 'Predicting the paths from the tables',
  comparing: 'Comparing what was predicted with what was seen',
  captureWritten: (file) => `Captures written to ${file}`,
  reportWritten: (file) => `Report written to ${file}`,
  removalsAwaited: (n) => `Waiting until ${count(n, 'object')} ${n === 1 ? 'is' : 'are'} gone`,
  interrupted: 'Interrupted: clearing up',
  stillClearing: (seconds, objects) =>
    objects.length === 0
      ? `Still clearing up; Ctrl-C in ${seconds} s or later ends podpath at once`
      : `Still removing ${objects.map(objectName).join(', ')}; Ctrl-C in ${seconds} s or later leaves it behind`,
  pageServed: 'podpath shows itself at that address until Ctrl-C',
}
