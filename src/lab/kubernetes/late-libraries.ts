/**
 * Libraries that the API server needs only when somebody asks, read when the lab stands: what is read before is
 * waited for at every start. A lab outlives a new build of podpath, which takes the files of the old one away, so they are not
 * left until somebody asks.
 */
export const yamlLibrary = () => import('yaml')
export const webSocketLibrary = () => import('ws')

export async function readLateLibraries(): Promise<void> {
  await Promise.all([yamlLibrary(), webSocketLibrary()])
}
