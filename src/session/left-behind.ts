import type { Cluster } from '../cluster/access/connect.ts'
import type { LeftBehind } from '../cluster/agent/created-objects.ts'
import { kubectlDelete } from '../cluster/agent/created-objects.ts'
import { paste } from '../exec/run-error.ts'
import type { LeftFacts } from '../i18n/sentences/progress-sentences.ts'

/** What there is to say of something that is left in a cluster: the command that removes it among it. */
export const leftFacts = (
  { name, kubectl }: Pick<Cluster, 'name' | 'kubectl'>,
  { object, because, certain }: LeftBehind,
): LeftFacts => ({
  object,
  because,
  certain,
  cluster: name,
  command: paste([...kubectl, ...kubectlDelete(object)]),
})
