import { basename, dirname, join } from 'node:path'
import type { Programs } from '../kubernetes/kubelet/containers/images.ts'
import { programRoot } from '../namespaces/root/lab-script.ts'
import { doorPrograms } from '../node-door/paths.ts'
import type { ClientProgram } from '../ssh/client-programs.ts'

const node = `${programRoot}/node`
const dist = `${programRoot}/dist`
const zoneDirectory = `${programRoot}/zone`

/** podpath itself, for the bastion's shell: the same program that started the lab. */
export function ownProgram(packageRoot: string): ClientProgram {
  const above = dirname(packageRoot)
  // npm puts what an installed package needs beside it.
  const modules = basename(above) === 'node_modules' ? above : join(packageRoot, 'node_modules')
  return {
    kind: 'found',
    name: 'podpath',
    argv: [node, `${dist}/cli/start.js`],
    binds: [[modules, `${programRoot}/node_modules`]],
  }
}

/** What the lab's daemon answers for on a node. */
export const nodePrograms: readonly {
  readonly name: string
  readonly argv: readonly [string, ...string[]]
}[] = doorPrograms.map((name) => ({ name, argv: [node, `${dist}/lab/node-door/client.js`, name] }))

export const zoneFile = 'cluster.json'

/** What the lab runs where a cluster would pull an image. */
export const programs: Programs = {
  echoServer: [node, `${dist}/lab/kubernetes/programs/echo-server.js`],
  images: [
    {
      repository: 'coredns',
      // Through a shell, which drops the arguments that are for the image's own program.
      argv: ['sh', '-c', `exec ${node} ${dist}/lab/names/coredns.js ${zoneDirectory}/${zoneFile}`, 'coredns'],
    },
  ],
}
