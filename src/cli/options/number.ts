import { UsageError } from '../process/failure.ts'

/** A whole number between two others, both included. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most))
    throw new UsageError((usage) => usage.wholeNumber(option, text, least, most))
  return value
}
