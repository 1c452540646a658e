/** Work that outlives the request that began it. A server that ends waits until all of it has cleared up after itself. */
export class Ongoing {
  readonly #work = new Set<Promise<unknown>>()

  /** Gives the work back as it is; a failure remains the caller's. */
  add<T>(work: Promise<T>): Promise<T> {
    const ended = work.then(
      () => undefined,
      () => undefined,
    )
    this.#work.add(ended)
    void ended.then(() => this.#work.delete(ended))
    return work
  }

  /** Settles when nothing is going on any more, not even what began meanwhile. */
  async ended(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work)
  }
}
