import type { LabSentences } from '../sentences/lab-sentences.ts'

const part: LabSentences['part'] = ({ kind, name }) => {
  switch (kind) {
    case 'node':
      return `node ${name}`
    case 'bastion':
      return 'the bastion'
    case 'internet':
      return `the internet (${name})`
    case 'sshd':
      return `sshd of node ${name}`
    case 'frame':
      return 'what holds its namespaces'
  }
}

const anew = (option: string): string =>
  `\`podpath lab down${option}\` and \`podpath lab up${option}\` start it anew`

const cure = (option: string | null): string => (option === null ? 'run the command again' : anew(option))

export const lab: LabSentences = {
  part,
  status: {
    none: 'no lab is up: `podpath lab up` starts one',
    starting: (name, pid) => `${name}  is being started  process ${pid}`,
    upSince: (created) => `up since ${created}`,
    process: (pid) => `process ${pid}`,
    seed: (seed) => `seed ${seed}`,
    privateSubnets: 'private subnets',
    prefixDelegation: 'prefix delegation',
    silent: (option) => `it does not answer: ${anew(option)}`,
    ended: (what, at, option) => `not whole: ${what} ended at ${at}: ${anew(option)}`,
    stopped: (what, at, option) => `not whole: ${what} is stopped (SIGSTOP, seen at ${at}): ${anew(option)}`,
    returning: (what, at) => `${what} ended at ${at} and is being started again`,
    broughtBack: (what, at, restarts) =>
      `${what} ended at ${at} and runs again (started again ${restarts === 1 ? 'once' : `${restarts} times`})`,
    node: 'node',
    pod: 'pod',
    ready: 'ready',
    notReady: (because) => `not ready${because === null ? '' : ` (${because})`}`,
    broken: (since, what, option) =>
      `broken since ${since}: ${what.code} on ${what.node}; podpath lab heal${option} undoes it`,
    exercise: (since, level, option) =>
      `an exercise of level ${level} runs since ${since}: podpath lab hint${option}, podpath lab solve FAULT${option}`,
  },
  greeting: (name, bastion) =>
    `The bastion of the lab ${name}, ${bastion}. \`exit\` leaves it; the lab stays up.`,
  problems: {
    'already-up': ({ name, option }) =>
      `the lab ${name} is already up: \`podpath lab down${option}\` ends it, \`--name\` starts another`,
    'not-up': ({ name, option }) => `no lab ${name} is up: \`podpath lab up${option}\` starts it`,
    'no-shell': ({ name, option }) =>
      `the lab ${name} has no shell: \`podpath lab down${option}\` and \`podpath lab up${option}\` start it again`,
    claimed: ({ name }) => `the lab ${name} is being started by somebody else`,
    'just-starting': ({ name }) => `the lab ${name} is only just being started: try again in a second`,
    'not-a-name': ({ name }) =>
      `not a name for a lab: ${JSON.stringify(name)} (lower-case letters, digits and hyphens, at most 32)`,
    'no-linux': ({ platform }) =>
      `the lab needs a Linux kernel, and this is ${platform}: run it in a Linux virtual machine (for example \`limactl start template://debian-12\` on macOS, WSL 2 on Windows), or point podpath at a cluster with --context`,
    'programs-missing': ({ line, anyway }) =>
      `the lab needs programs that are missing: ${line}${anyway === null ? '' : ` (or \`${anyway}\` for a lab without them)`}`,
    'has-ended': ({ name, option }) => `the lab ${name} has ended: ${cure(option)}`,
    silent: ({ name, pid, option }) => `the lab ${name} does not answer (process ${pid}): ${cure(option)}`,
    'not-whole': ({ name, part: lacking, at, others, option }) =>
      `the lab ${name} is not whole: ${part(lacking)} ${lacking.state === 'stopped' ? `is stopped (SIGSTOP, seen at ${at})` : `ended at ${at}`}${others > 0 ? `, and ${others} more (podpath lab status)` : ''}: ${cure(option)}`,
    'no-id-range': () =>
      'your user has no range of ids of its own, which a lab without root needs: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
    'no-namespaces': () =>
      'this machine lets only root make namespaces: run as root, or as root set `sysctl -w user.max_user_namespaces=10000` (and, where they exist, kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)',
    'no-user-name': ({ uid }) =>
      `user ${uid} has no name in /etc/passwd, by which its range of ids would be found: run as a user that has one, or as root`,
    'too-few-files': ({ nodes, wanted, allowed }) =>
      `a lab of ${nodes} nodes opens up to ${wanted} files at once, and here are ${allowed} allowed: \`ulimit -n ${wanted}\`, or fewer nodes`,
    'no-mount-place': () =>
      'the lab needs an empty directory to mount on: /mnt, /media or /srv, and there is none without podpath in it',
    interrupted: () => 'the lab was not started: interrupted',
    'bastion-ended': () =>
      'the bastion of the lab has ended: `podpath lab down` and `podpath lab up` start it anew',
    'first-process-ended': () => 'the lab has ended: `podpath lab down` and `podpath lab up` start it anew',
    'not-ready': ({ seconds, step, last }) =>
      `the lab was not ready after ${seconds} s${step === null ? '' : ` (it stood at: ${step})`}: ${last}`,
    'ended-early': ({ last }) => `the lab ended before it was ready: ${last}`,
    'not-started': ({ because }) => `the lab could not be started: ${because}`,
    'not-built': ({ because }) => `the lab could not be built: ${because}`,
    'does-not-end': ({ name, pid }) => `the lab ${name} (process ${pid}) does not end`,
    'no-kubernetes': ({ name }) => `the lab ${name} has no Kubernetes API yet`,
    'no-bastion': ({ name }) => `the lab ${name} has no bastion to log in from`,
    'no-record': ({ directory }) => `${directory} is gone, and the lab's record with it`,
    'no-ssh': ({ because }) => because,
    'no-aws': ({ name }) => `the lab ${name} has no AWS API`,
    'all-broken': () => 'everything that can be broken is broken',
    'no-undo': ({ fault }) => `${fault}: the lab did not say how to undo it`,
    'foreign-file': ({ path }) => `${path} is not what podpath wrote: remove it`,
    'unknown-interface': ({ address }) => `EC2 knows no interface with the address ${address}`,
    'closed-groups': ({ groups }) => `no security group of ${groups.join(', ')} lets its own members in`,
    'no-network-acl': ({ subnet }) => `subnet ${subnet} has no network ACL`,
    'no-internet-route': ({ subnet }) => `the route table of subnet ${subnet} has no route to the internet`,
    'no-agent': ({ node }) => `node ${node} has no agent`,
    'script-failed': ({ node, said }) => `node ${node}: ${said}`,
    'kubernetes-refused': ({ said }) => `the lab’s Kubernetes API refuses: ${said}`,
    'not-in-force': ({ node, seconds }) =>
      `node ${node}: what was changed in Kubernetes has not come to it in ${seconds} s`,
  },
}
