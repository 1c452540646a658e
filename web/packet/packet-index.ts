import { CaptureReader } from '../../src/capture/files/reader.ts'
import { frameComments } from '../../src/capture/files/pcapng.ts'
import { clean } from '../../src/edge/clean.ts'
import { dissect } from '../../src/wire/dissect.ts'
import { layerTexts, type LayerText } from '../../src/wire/layer-fields.ts'
import { summarize, type PacketSummary } from '../../src/wire/summary.ts'

/** One line of the table. */
export interface PacketRow extends PacketSummary {
  /** Counts from 0 in the file. */
  readonly number: number
  /** Nanoseconds since the file's first frame. */
  readonly time: number
  /** `node/ip-192-168-1-138…/eth0` */
  readonly point: string
  readonly length: number
  /** What podpath noted on it: empty where it is not one of the probe's. */
  readonly comment: string
}

/** A frame with every layer opened. */
export interface PacketDetail {
  readonly row: PacketRow
  readonly layers: readonly LayerText[]
  readonly octets: Uint8Array
}

/** Frames of a file that are looked at; beyond that one wants Wireshark. */
const mostFrames = 5_000_000

/** Room for as many numbers as there will be, doubled when they do not fit. */
class Numbers {
  values = new Float64Array(1024)
  count = 0
  push(value: number): void {
    if (this.count === this.values.length) {
      const grown = new Float64Array(this.count * 2)
      grown.set(this.values)
      this.values = grown
    }
    this.values[this.count++] = value
  }
  at(index: number): number {
    return this.values[index] ?? 0
  }
}

/**
 * A capture with every frame's place in it: a million frames cost some tens of megabytes beside the file, and a row
 * is dissected only when it is looked at.
 */
export class PacketIndex {
  readonly #octets: Uint8Array
  readonly #starts = new Numbers()
  readonly #ends = new Numbers()
  readonly #times = new Numbers()
  readonly #lengths = new Numbers()
  readonly #interfaces = new Numbers()
  readonly #points = new Map<number, { readonly name: string; readonly linkType: number }>()
  readonly #comments = new Map<number, string>()
  /** Why the file could not be read to its end; null when it was. */
  readonly problem: string | null

  constructor(octets: Uint8Array) {
    this.#octets = octets
    let first: number | null = null
    const reader = new CaptureReader((frame) => {
      if (this.#starts.count >= mostFrames) return
      // The whole file is written at once, so the frame lies in it; whole seconds apart keep the nanoseconds exact.
      first ??= frame.seconds
      this.#starts.push(frame.start)
      this.#ends.push(frame.end)
      this.#times.push((frame.seconds - first) * 1e9 + frame.nanoseconds)
      this.#lengths.push(frame.originalLength)
      this.#interfaces.push(frame.interfaceNumber)
      if (!this.#points.has(frame.interfaceNumber))
        this.#points.set(frame.interfaceNumber, {
          name: clean(frame.interface.name ?? `interface ${frame.interfaceNumber}`),
          linkType: frame.interface.linkType,
        })
      if (frame.optionsEnd > frame.optionsStart) {
        const comment = frameComments(frame)
          .map((one) => clean(one))
          .join('; ')
        if (comment !== '') this.#comments.set(this.#starts.count - 1, comment)
      }
    })
    reader.write(octets)
    this.problem = reader.end()?.message ?? null
  }

  get count(): number {
    return this.#starts.count
  }

  get noted(): number {
    return this.#comments.size
  }

  row(number: number): PacketRow {
    return { ...this.#head(number), ...cleaned(summarize(this.#dissect(number))) }
  }

  detail(number: number): PacketDetail {
    const dissection = this.#dissect(number)
    return {
      row: { ...this.#head(number), ...cleaned(summarize(dissection)) },
      layers: layerTexts(dissection).map((layer) => ({
        ...layer,
        fields: layer.fields.map(({ name, value }) => ({ name, value: clean(value) })),
      })),
      octets: this.#frame(number).slice(),
    }
  }

  /** The numbers of the frames that have all of the words in their row; null: all of them. */
  find(words: readonly string[], notedOnly: boolean): Uint32Array | null {
    if (words.length === 0 && !notedOnly) return null
    const found = new Uint32Array(this.count)
    let count = 0
    const look = (number: number): void => {
      if (words.length > 0) {
        const { source, destination, protocol, info, point, comment } = this.row(number)
        const text = `${source} ${destination} ${protocol} ${info} ${point} ${comment}`.toLowerCase()
        if (!words.every((word) => text.includes(word))) return
      }
      found[count++] = number
    }
    if (notedOnly) for (const number of this.#comments.keys()) look(number)
    else for (let number = 0; number < this.count; number++) look(number)
    return found.slice(0, count)
  }

  #frame(number: number): Uint8Array {
    return this.#octets.subarray(this.#starts.at(number), this.#ends.at(number))
  }

  #dissect(number: number) {
    return dissect(this.#frame(number), this.#points.get(this.#interfaces.at(number))?.linkType ?? -1)
  }

  #head(number: number) {
    return {
      number,
      time: this.#times.at(number) - this.#times.at(0),
      point: this.#points.get(this.#interfaces.at(number))?.name ?? '',
      length: this.#lengths.at(number),
      comment: this.#comments.get(number) ?? '',
    }
  }
}

const cleaned = ({ source, destination, protocol, info }: PacketSummary): PacketSummary => ({
  source,
  destination,
  protocol,
  info: clean(info),
})
