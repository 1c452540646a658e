import { basename, dirname, join } from 'node:path'
import type { Programs } from '../kubernetes/kubelet/images.ts'
import { doorPrograms } from '../node-door/paths.ts'
import type { ClientProgram } from '../ssh/client-programs.ts'

/** Where podpath's own programs stand inside a sandbox. */
const inside = '/opt/podpath'

const node = `${inside}/node`
const dist = `${inside}/dist`
const zoneDirectory = `${inside}/zone`

/** What is bound into a sandbox so that it can run them: [path outside, path inside]. */
export const programBinds = (
  packageRoot: string,
  nodeExecutable: string,
  zone: string,
): readonly (readonly [string, string])[] => [
  [nodeExecutable, node],
  [join(packageRoot, 'dist'), dist],
  // Says that the files beside it are modules.
  [join(packageRoot, 'package.json'), `${inside}/package.json`],
  [zone, zoneDirectory],
]

/** podpath itself, for the bastion's shell: the same program that started the lab. */
export function ownProgram(packageRoot: string): ClientProgram {
  const above = dirname(packageRoot)
  // npm puts what an installed package needs beside it.
  const modules = basename(above) === 'node_modules' ? above : join(packageRoot, 'node_modules')
  return {
    kind: 'found',
    name: 'podpath',
    argv: [node, `${dist}/cli/main.js`],
    binds: [[modules, `${inside}/node_modules`]],
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
