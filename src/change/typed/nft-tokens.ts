import { badOption, ChangeError } from '../change-error.ts'

/** The words of an nft command: `{`, `}`, `,` and `;` are words of their own, a quoted text keeps its quotes. */
export function nftTokens(text: string): readonly string[] {
  if (text.length > 8192) throw new ChangeError({ code: 'too-long', what: 'nft', most: 8192 })
  const found = text.match(/"[^"]*"|[{},;]|[^\s{},;"]+|"/g) ?? []
  const stray = found.find((word) => word === '"')
  if (stray !== undefined) throw badOption(stray)
  return found
}
