import type { RouteTable } from '../routing.ts'

/** Where an ENI sits on its instance. `deviceIndex` is EC2's attachment index, not the Linux ifindex. */
export interface EniSlot {
  readonly deviceIndex: number
  /** EC2's network card index; 0 on all but a few large instance types. */
  readonly networkCard?: number
}

/**
 * The route table that carries the traffic of an ENI's pods (pkg/networkutils/helper.go): the primary ENI uses
 * main, device d of card 0 table d+1, device d of card c table 10000+100c+d.
 */
export function tableNumber({ deviceIndex, networkCard = 0 }: EniSlot): RouteTable {
  if (networkCard > 0) return 10000 + 100 * networkCard + deviceIndex
  return deviceIndex === 0 ? 'main' : deviceIndex + 1
}
