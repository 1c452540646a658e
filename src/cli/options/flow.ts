import type { Command } from 'commander'
import { given } from '../../edge/given.ts'
import { parseProtocol } from '../../model/packet/packet.ts'
import { UsageError } from '../process/failure.ts'
import { wholeNumber } from './number.ts'

/** What packets a question is about, as commander hands it over. */
export interface FlowFlags {
  readonly protocol?: string
  readonly port?: string
  readonly sourcePort?: string
  readonly mark?: string
}

/** What packets a question is about. */
export interface AskedFlow {
  /** IANA number. Without one: the service's. */
  readonly protocol?: number
  readonly destinationPort?: number
  readonly sourcePort?: number
  readonly mark?: number
}

export const addProtocolFlag = (command: Command): Command =>
  command.option(
    '--protocol <protocol>',
    'icmp, tcp, udp or an IANA number (default: the service’s, else icmp)',
  )

/** Throws a UsageError. */
export function flowOf({ protocol: name, port, sourcePort, mark }: FlowFlags): AskedFlow {
  const numbers = {
    destinationPort: numberOf('--port', port, 1, 65535),
    sourcePort: numberOf('--source-port', sourcePort, 1, 65535),
    mark: numberOf('--mark', mark, 0, 0xffffffff),
  }
  const protocol = name === undefined ? undefined : parseProtocol(name)
  if (name !== undefined && protocol === undefined) throw new UsageError((usage) => usage.protocol(name))
  return given({ protocol, ...numbers })
}

const numberOf = (
  option: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined => (text === undefined ? undefined : wholeNumber(option, text, least, most))
