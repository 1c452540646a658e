import type { StackId } from '../stack/stack-id.ts'

/** The kernel's own word on why probes were lost: its tracepoint skb:kfree_skb. */
export interface KernelDrop {
  /** The node; all nodes of a lab have one kernel, and the sender's stands for them. */
  readonly at: StackId
  /** The kernel's function that threw the packet away. */
  readonly function: string
  /** As the kernel names it, `NETFILTER_DROP`; null: a kernel before 5.17, which gives none. */
  readonly reason: string | null
  /** Probes, with each of which it came. */
  readonly probes: number
  /** How often it came when none was on its way. */
  readonly otherwise: number
}

/** What was asked of the kernels, and what they said. */
export interface KernelWord {
  readonly drops: readonly KernelDrop[]
  /** Nodes whose kernel could not be asked, and why. */
  readonly unheard: readonly { readonly at: StackId; readonly because: string }[]
}
