/** The Debian releases that a newcomer's machine may have: https://www.debian.org/releases/ */
export const releases = {
  12: { suite: 'bookworm' },
  13: { suite: 'trixie' },
} as const

export type Release = keyof typeof releases

export const releaseNumbers: readonly Release[] = [12, 13]

/** What a newcomer has besides Debian's minimum: a way to get the checkout, and the means to trust a registry. */
export const given = ['git', 'ca-certificates'] as const
