import type { Bundle } from '../bundle/bundle.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { Ec2Options } from '../cluster/aws/ec2.ts'
import type { Reach } from '../cluster/reach/reach.ts'

/** What podpath looks at: a cluster that it can speak to, or what somebody recorded of one. */
export type Source =
  | {
      readonly kind: 'cluster'
      /** The kubeconfig's context. */
      readonly name: string
      readonly cluster: Cluster
      /** How to ask EC2, where there is a way. */
      readonly ec2: Ec2Options | null
      readonly reach: Reach
    }
  | {
      readonly kind: 'bundle'
      /** The directory that it was read from. */
      readonly name: string
      readonly bundle: Bundle
    }
