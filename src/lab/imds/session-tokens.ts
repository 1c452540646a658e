import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Seconds that a session token may live for: one to six hours (EC2 user guide, "Use IMDSv2"). */
export const longestSession = 21_600

/** Makes and checks session tokens; nothing is kept of them, and each is good for its own instance alone. */
export class SessionTokens {
  readonly #key = randomBytes(32)
  readonly #now: () => number

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  issue(instance: string, seconds: number): string {
    const until = Buffer.alloc(6)
    until.writeUIntBE(Math.floor(this.#now() / 1000) + seconds, 0, 6)
    return `${Buffer.concat([until, this.#seal(until, instance)]).toString('base64url')}==`
  }

  /** Seconds that the token is still good for; undefined: it is not. */
  secondsLeft(instance: string, token: string): number | undefined {
    const octets = Buffer.from(token, 'base64url')
    if (octets.length !== tokenOctets) return undefined
    const until = octets.subarray(0, 6)
    if (!timingSafeEqual(octets.subarray(6), this.#seal(until, instance))) return undefined
    const left = until.readUIntBE(0, 6) - Math.floor(this.#now() / 1000)
    return left > 0 ? left : undefined
  }

  #seal(until: Buffer, instance: string): Buffer {
    return createHmac('sha256', this.#key).update(until).update(instance).digest()
  }
}

const tokenOctets = 6 + 32
