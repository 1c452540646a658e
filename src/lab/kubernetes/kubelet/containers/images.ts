import type { EventWords } from '../../events.ts'
import type { Container } from '../../objects/pod.ts'
import { knownImage } from './known-images.ts'

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

/** Writes its words as lines first. */
const logAndPause = 'printf "%s\\n" "$@"; exec sleep infinity'

/** Runs for ever and does nothing, as the pause image. */
const pause: Argv = ['sleep', 'infinity']

/**
 * What a container runs. The lab has no registry: a command is one of the host's programs; a known image does what it does, with the
 * host's programs or the lab's own; words for an image that is not known are taken as a command; anything else pauses, and says so.
 */
export function programOf(
  container: Container,
  command: readonly string[],
  args: readonly string[],
  programs: Programs,
): Program {
  const repository = repositoryOf(container.image ?? '')
  const [first, ...rest] = command
  // The name of the image's only program, as its documentation types it.
  if (first === '/agnhost' && repository.endsWith('/agnhost'))
    return programOf(container, [], [...rest, ...args], programs)
  if (first !== undefined) return plain([first, ...rest, ...args])
  const own = programs.images?.find((one) => repository.endsWith(one.repository))
  if (own !== undefined) return plain([...own.argv, ...args])
  const known = knownImage(repository)
  const [word, ...words] = args
  const typed: Argv | null = word === undefined || word.startsWith('-') ? null : [word, ...words]
  switch (known?.kind) {
    case 'serves':
      if (known.execs && typed !== null) return plain(typed)
      return {
        argv: programs.echoServer,
        env: {
          PORT: String(portOf(repository, known.port, args)),
          ...(known.page === undefined ? {} : { PAGE: known.page }),
        },
      }
    case 'shell':
      // The entry point of these images is a shell or nothing, so words alone are the command.
      if (word !== undefined) return plain([word, ...words])
      return plain(container.stdin === true ? ['sh'] : ['true'])
    case 'program':
      return plain([known.program, ...(args.length > 0 ? args : known.words)])
    case 'program-or-command':
      return plain(['sh', '-c', programOrCommand, known.program, ...args])
    case 'stays':
      return plain(known.log === undefined ? pause : ['sh', '-c', logAndPause, 'log', ...known.log])
    case undefined: {
      const image = `The lab has no image registry: "${container.image ?? ''}"`
      return typed === null
        ? {
            argv: pause,
            env: {},
            note: `${image} pauses. Give the container a command to run one of the machine's own programs`,
          }
        : {
            argv: typed,
            env: {},
            note: `${image} is not known, and its arguments are run as a command of the machine's own programs`,
          }
    }
  }
}

const plain = (argv: Argv): Program => ({ argv, env: {} })

/** As the entry points of such images are written: \`exec "$@"\`, after the program's name is put before what is no program. */
const programOrCommand = `case \${1--} in -*) set -- "$0" "$@" ;; *) command -v "$1" >/dev/null || set -- "$0" "$@" ;; esac
exec "$@"`

/** `docker.io/library/nginx:1.25@sha256:…` → `docker.io/library/nginx`. */
const repositoryOf = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')

/** `-listen=:5678`, `-listen :5678`, `--http-port=8080`, `--port 8080`: what servers of tutorials are told their port by. */
function portOf(repository: string, usual: number, args: readonly string[]): number {
  const option = /^--?(?:listen|http-port|port)(?:=(.*))?$/
  const at = args.findIndex((arg) => option.test(arg))
  if (at < 0 || !/\/(http-echo|agnhost|podinfo|whoami)$/.test(`/${repository}`)) return usual
  const said = option.exec(args[at] ?? '')?.[1] ?? args[at + 1] ?? ''
  const port = Number(/(\d{1,5})$/.exec(said)?.[1])
  return port > 0 && port < 65_536 ? port : usual
}
