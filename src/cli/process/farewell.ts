import type { Cluster } from '../../cluster/access/connect.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'
import type { Io } from './io.ts'
import { reportLeft } from '../output/report-left.ts'
import { screen } from '../output/screen.ts'

/** What podpath says when somebody is impatient with its end, or cuts it short. */
export interface Farewell {
  /** Interrupts are for a program that the command runs, however many come. */
  readonly passesOn: boolean
  /** The clean-up goes on; so many seconds later another interrupt would end it. */
  waiting(seconds: number): void
  /** podpath ends now: tells what stays in a cluster, if anything does. */
  leaving(): void
}

export function farewellOf(
  io: Io,
  language: () => Language,
  clusters: ReadonlySet<Cluster>,
  passesOn: () => boolean,
): Farewell {
  const say = (line: string): void => {
    if (io.watched) io.draw(screen.clearLine)
    io.err(`${line}\n`)
  }
  return {
    get passesOn() {
      return passesOn()
    },
    waiting(seconds) {
      const objects = [...clusters].flatMap(({ made }) => [...made.keys()])
      say(catalogue(language()).progress.stillClearing(seconds, objects))
    },
    leaving() {
      for (const cluster of clusters) for (const line of reportLeft(cluster, language())) say(line)
    },
  }
}
