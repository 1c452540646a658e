import type { FaultRecord } from './answer.ts'
export const scorePage = (records: readonly FaultRecord[]): string => `${records.length}\n`
