import type { ReportSentences } from '../i18n/sentences/report-sentences.ts'
import { stackKind, stackName, type StackId } from '../model/stack/stack-id.ts'

/** `node`, `VPC router`…; empty for a place of another kind. */
export function placeKind(stack: StackId, words: ReportSentences): string {
  const kind = stackKind(stack)
  return kind === 'other' ? '' : words.stack[kind]
}

/** The name of a place without its kind; empty where the kind says it all (`internet`, `bastion`). */
export function placeName(stack: StackId): string {
  const kind = stackKind(stack)
  if (kind === 'internet' || kind === 'bastion') return stack.includes('/') ? stackName(stack) : ''
  if (kind === 'other') return stack
  return kind === 'pod' ? podName(stackName(stack)) : stackName(stack)
}

/** A place in a line of text: `node ip-192-168-1-138`. */
export const place = (stack: StackId, words: ReportSentences): string =>
  [placeKind(stack, words), nodeName(placeName(stack))].filter((part) => part !== '').join(' ')

/** `default/web-1` → `web-1`: the namespace that kubectl leaves out as well. */
export const podName = (name: string): string => (name.startsWith('default/') ? name.slice(8) : name)

/** `ip-192-168-1-138.ap-northeast-2.compute.internal` → `ip-192-168-1-138`. */
export const nodeName = (name: string): string =>
  name.replace(/\.[a-z0-9.-]*compute\.internal$/, '').replace(/\.ec2\.internal$/, '')
