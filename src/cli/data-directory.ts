import { dataDirectoryOf, ownKubectlIn } from '../lab/requirements/own-kubectl.js'
import type { ClientPlaces } from '../lab/ssh/client-programs.ts'
import type { Io } from './io.ts'

/** Where podpath keeps what is the user's own; undefined without a home. */
export const dataDirectory = ({ environment, home }: Pick<Io, 'environment' | 'home'>): string | undefined =>
  dataDirectoryOf(environment, home)

/** Where the programs of a lab's shell are looked for: as the user's own shell does, and where the set-up put one. */
export function clientPlaces(io: Pick<Io, 'environment' | 'home'>): ClientPlaces {
  const data = dataDirectory(io)
  return {
    searchPath: io.environment['PATH'] ?? '',
    ...(data === undefined ? {} : { ownKubectl: ownKubectlIn(data) }),
  }
}
