import type { FaultCode } from '../../model/lab/fault.ts'
import type { Fault } from './fault.ts'
import { kubernetesFaults } from './rooms/kubernetes.ts'
import { nodeNetfilterFaults } from './rooms/node-netfilter.ts'
import { nodeRoutingFaults } from './rooms/node-routing.ts'
import { nodeServicesFaults } from './rooms/node-services.ts'
import { podFaults } from './rooms/pod.ts'
import { settingsFaults } from './rooms/settings.ts'
import { vpcFaults } from './rooms/vpc.ts'

/** Every fault. Their sentences stand in the catalogues of i18n. */
export const faults: { readonly [Code in FaultCode]: Fault } = {
  ...nodeRoutingFaults,
  ...nodeNetfilterFaults,
  ...nodeServicesFaults,
  ...podFaults,
  ...vpcFaults,
  ...kubernetesFaults,
  ...settingsFaults,
}
