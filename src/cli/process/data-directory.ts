import { dataDirectoryOf, ownKubectlIn } from '../../lab/requirements/own-kubectl.js'
import type { ClientPlaces } from '../../lab/ssh/client-programs.ts'
import { findOwnDirectory } from '../../own/own-directory.ts'
import { OwnError } from '../../own/own-error.ts'
import type { Io } from './io.ts'

/** Where podpath keeps what is the user's own; undefined without a home. */
export const dataDirectory = ({ environment, home }: Pick<Io, 'environment' | 'home'>): string | undefined =>
  dataDirectoryOf(environment, home)

/** Where the programs of a lab's shell are looked for: as the user's own shell does, and where the set-up put one. */
export function clientPlaces(io: Pick<Io, 'environment' | 'home'>): ClientPlaces {
  const data = dataDirectory(io)
  return {
    searchPath: io.environment['PATH'] ?? '',
    ...(data === undefined || !isOwn(data) ? {} : { ownKubectl: ownKubectlIn(data) }),
  }
}

/** A program that somebody else could have put there is none of podpath's. */
function isOwn(path: string): boolean {
  try {
    return findOwnDirectory({ path, otherwise: '' }) !== undefined
  } catch (error) {
    if (error instanceof OwnError) return false
    throw error
  }
}
