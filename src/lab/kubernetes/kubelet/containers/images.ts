import type { EventWords } from '../../events.ts'
import type { Container } from '../../objects/pod.ts'

type Argv = readonly [string, ...string[]]

/** The lab's own programs that stand in for images. */
export interface Programs {
  /** Serves HTTP on the port in its PORT variable and tells who asked. */
  readonly echoServer: Argv
  /** Programs for other images, such as CoreDNS: the first whose name the image's repository ends with. */
  readonly images?: readonly { readonly repository: string; readonly argv: Argv }[]
}

export interface Program {
  readonly argv: Argv
  readonly env: Readonly<Record<string, string>>
  /** Why it is not the image's own program, where nobody asked for what it is. */
  readonly note?: string
}

/** The event that tells where a container's image came from. */
export const imageWords = ({ note }: Program, image: string): EventWords =>
  note === undefined
    ? { type: 'Normal', reason: 'Pulled', message: `Container image "${image}" already present on machine` }
    : { type: 'Warning', reason: 'NoImage', message: note }

/** Runs for ever and does nothing, as the pause image. */
const pause: Argv = ['sleep', 'infinity']

/** Images that serve HTTP when they are given no command, and the port they listen on. */
const servers: Readonly<Record<string, number>> = {
  nginx: 80,
  httpd: 80,
  'nginx-unprivileged': 8080,
  echoserver: 8080,
  'echo-server': 80,
  'http-echo': 5678,
  whoami: 80,
  agnhost: 9376,
  'hello-app': 8080,
}

/** Images whose container does nothing but stay; these need no word of explanation. */
const quiet: ReadonlySet<string> = new Set([
  'pause',
  'amazon-k8s-cni',
  'aws-network-policy-agent',
  'kube-proxy',
  'kube-proxy-minimal',
])

/** Images that come with a shell as their command: it waits for input where there is some. */
const shells: ReadonlySet<string> = new Set([
  'netshoot',
  'busybox',
  'alpine',
  'debian',
  'ubuntu',
  'amazonlinux',
  'bash',
])

/**
 * What a container runs. The lab has no registry: a command is one of the host's programs; a known image without a
 * command is a program of the lab; anything else pauses, and says so.
 */
export function programOf(
  container: Container,
  command: readonly string[],
  args: readonly string[],
  programs: Programs,
): Program {
  const [first, ...rest] = command
  if (first !== undefined) return { argv: [first, ...rest, ...args], env: {} }
  const repository = repositoryOf(container.image ?? '')
  const own = programs.images?.find((one) => repository.endsWith(one.repository))
  if (own !== undefined) return { argv: [...own.argv, ...args], env: {} }
  const name = repository.slice(repository.lastIndexOf('/') + 1)
  const port = Object.hasOwn(servers, name) ? servers[name] : undefined
  if (port !== undefined)
    return { argv: programs.echoServer, env: { PORT: String(portOf(name, port, args)) } }
  // The entry point of these images is a shell or nothing, so arguments alone are the command.
  const [program, ...programArgs] = args
  if (program !== undefined && shells.has(name)) return { argv: [program, ...programArgs], env: {} }
  if (shells.has(name)) return { argv: container.stdin === true ? ['sh'] : ['true'], env: {} }
  if (quiet.has(name)) return { argv: pause, env: {} }
  return {
    argv: pause,
    env: {},
    note: `The lab has no image registry: "${container.image ?? ''}" pauses. Give the container a command to run one of the machine's own programs`,
  }
}

/** `docker.io/library/nginx:1.25@sha256:…` → `docker.io/library/nginx`. */
const repositoryOf = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')

/** http-echo takes its port as an argument. */
function portOf(name: string, usual: number, args: readonly string[]): number {
  if (name !== 'http-echo') return usual
  const given = /:(\d{1,5})$/.exec(args.find((arg) => /^-?-listen=/.test(arg)) ?? '')?.[1]
  return given === undefined ? usual : Number(given)
}
