/** `ipset save`. */
import type { IpSet, IpSetEntry } from '../../model/stack/ipset.ts'
import { excerpt, linesOf, Problems, type Reading } from '../reading.ts'

interface Open extends IpSet {
  readonly entries: IpSetEntry[]
}

export function readIpsetSave(text: string): Reading<IpSet> {
  const problems = new Problems()
  const sets = new Map<string, Open>()
  for (const raw of linesOf(text)) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const words = line.split(' ')
    const name = words[1] ?? ''
    if (words[0] === 'create' && words[2] !== undefined)
      sets.set(name, {
        name,
        type: words[2],
        family: line.includes(' family inet6') ? 6 : 4,
        entries: [],
        line,
      })
    else if (words[0] === 'add' && words[2] !== undefined) {
      const set = sets.get(name)
      if (!set) problems.add(`a member of a set that was not created: ${excerpt(line)}`)
      else set.entries.push({ parts: words[2].split(','), noMatch: words.includes('nomatch', 3), line })
    } else problems.add(`not understood: ${excerpt(line)}`)
  }
  return { value: [...sets.values()], problems: problems.list() }
}
