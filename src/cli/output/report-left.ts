import { leftFacts } from '../../session/left-behind.ts'
import type { Cluster } from '../../cluster/access/connect.ts'
import { clean } from '../../edge/clean.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'

/** A line for each thing that podpath made in a cluster and that is still there. */
export const reportLeft = (cluster: Cluster, language: Language): readonly string[] =>
  [...cluster.made.values()].map((left) =>
    clean(catalogue(language).progress.leftBehind(leftFacts(cluster, left))),
  )
