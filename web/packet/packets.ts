import type { PacketAnswer, PacketQuestion } from './protocol.ts'

type Unnumbered<Question> = Question extends unknown ? Omit<Question, 'ask'> : never

/** A capture that a worker holds. Close it when it is no longer shown: the worker ends, and its memory is free. */
export class Packets {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  readonly #waiting = new Map<number, (answer: PacketAnswer) => void>()
  #asked = 0

  constructor() {
    this.#worker.addEventListener('message', (event: MessageEvent<PacketAnswer>) => {
      const { ask } = event.data
      this.#waiting.get(ask)?.(event.data)
      this.#waiting.delete(ask)
    })
  }

  open(octets: ArrayBuffer) {
    return this.#ask('opened', { kind: 'open', octets }, [octets])
  }

  find(words: readonly string[], notedOnly: boolean) {
    return this.#ask('found', { kind: 'find', words, notedOnly })
  }

  rows(from: number, count: number) {
    return this.#ask('rows', { kind: 'rows', from, count })
  }

  detail(number: number) {
    return this.#ask('detail', { kind: 'detail', number })
  }

  close(): void {
    this.#worker.terminate()
  }

  #ask<Kind extends PacketAnswer['kind']>(
    kind: Kind,
    question: Unnumbered<PacketQuestion>,
    transfer: Transferable[] = [],
  ): Promise<Extract<PacketAnswer, { kind: Kind }>> {
    const ask = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(ask, (answer) => {
        if (answer.kind === kind) resolve(answer as Extract<PacketAnswer, { kind: Kind }>)
        else reject(new Error(`the worker answered ${answer.kind} to ${kind}`))
      })
      this.#worker.postMessage({ ...question, ask }, transfer)
    })
  }
}
