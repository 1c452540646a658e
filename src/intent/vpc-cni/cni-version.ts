/** A release of the Amazon VPC CNI: major, minor, patch. */
export type CniVersion = readonly [major: number, minor: number, patch: number]

/** `v1.12.6`, `1.12.6-eksbuild.2`, or an image reference that ends in one; undefined when there is none. */
export function parseCniVersion(text: string): CniVersion | undefined {
  const match = /(?:^|:)v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?:[-+][\w.-]*)?(?:@sha256:[0-9a-f]+)?$/.exec(text)
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined
}

export const formatCniVersion = (version: CniVersion): string => `v${version.join('.')}`

/** Is `version` that release or a later one? */
export function atLeast(version: CniVersion, ...[major, minor, patch]: CniVersion): boolean {
  if (version[0] !== major) return version[0] > major
  if (version[1] !== minor) return version[1] > minor
  return version[2] >= patch
}
