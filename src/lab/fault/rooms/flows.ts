import type { Trial } from '../fault.ts'

/** The flows that show most faults. */
export const toPeer: Trial = { from: 'pod', to: 'peer' }
export const fromPeer: Trial = { from: 'peer', to: 'pod' }
export const toInternet: Trial = { from: 'pod', to: 'internet' }
/** More than one packet each way. */
export const toWebsite: Trial = { ...toInternet, with: ['--protocol', 'http'] }
export const toDns: Trial = { from: 'pod', to: 'dns-service', with: ['--protocol', 'dns'] }
export const toMetadata: Trial = { from: 'pod', to: 'metadata', with: ['--protocol', 'http'] }
