import type { RunResult } from './result.ts'

/** What a script may rely on: documented exit statuses. */
export const exitStatus = {
  /** Everything delivered and agreeing. */
  fine: 0,
  /** A packet lost, a disagreement, or no certainty that there is none. */
  findings: 1,
  /** Wrong usage or unreadable input. */
  usage: 2,
  /** No permission, a missing program, a cluster out of reach; a crash. */
  environment: 3,
  /** By Ctrl-C or another signal: 128 and the number of SIGINT, as shells count. */
  interrupted: 130,
} as const
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

/** 0 only when everything was delivered and nothing speaks against it. */
export const exitStatusOf = (result: Pick<RunResult, 'verdict' | 'findings'>): ExitStatus =>
  result.verdict === 'delivered' && !result.findings.some((finding) => finding.severity === 'error')
    ? exitStatus.fine
    : exitStatus.findings
