import { PacketIndex } from './packet-index.ts'
import type { PacketAnswer, PacketQuestion } from './protocol.ts'

/** Holds one capture beside the page, so that the page never waits for a million frames. */
let index = new PacketIndex(new Uint8Array(0))
let found: Uint32Array | null = null

const answer = (question: PacketQuestion): PacketAnswer => {
  const { ask } = question
  switch (question.kind) {
    case 'open':
      index = new PacketIndex(new Uint8Array(question.octets))
      found = null
      return { ask, kind: 'opened', count: index.count, noted: index.noted, problem: index.problem }
    case 'find':
      found = index.find(question.words, question.notedOnly)
      return { ask, kind: 'found', count: found?.length ?? index.count }
    case 'rows': {
      const most = found?.length ?? index.count
      const count = Math.max(0, Math.min(question.count, most - question.from))
      const rows = Array.from({ length: count }, (_, i) =>
        index.row(found ? (found[question.from + i] ?? 0) : question.from + i),
      )
      return { ask, kind: 'rows', from: question.from, rows }
    }
    case 'detail':
      return { ask, kind: 'detail', detail: index.detail(question.number) }
  }
}

self.addEventListener('message', (event: MessageEvent<PacketQuestion>) => {
  self.postMessage(answer(event.data))
})
