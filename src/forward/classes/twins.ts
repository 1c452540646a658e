/** Classes that fare alike with everybody are one to whoever is told. */
import { noPair } from './pair-table.ts'

/**
 * @param answers by class of the sender × `size` + class of the receiver
 * @returns of each class the number of its group, counted up from 0
 */
export function twins(answers: Int32Array, size: number): Int32Array {
  const groups = new Int32Array(size)
  const firsts = new Map<number, number[]>()
  let count = 0
  for (let one = 0; one < size; one++) {
    const own = ownAnswer(answers, size, one)
    const hash = hashOf(answers, size, one, own)
    const candidates = firsts.get(hash) ?? []
    firsts.set(hash, candidates)
    const twin = candidates.find((other) => areTwins(answers, size, one, other))
    if (twin === undefined) {
      candidates.push(one)
      groups[one] = count++
    } else groups[one] = groups[twin] ?? 0
  }
  return groups
}

/** Among its own: of a class of one, what it has with most others stands for it. */
function ownAnswer(answers: Int32Array, size: number, one: number): number {
  const own = answers[one * size + one] ?? noPair
  if (own !== noPair) return own
  const counts = new Map<number, number>()
  for (let other = 0; other < size; other++) {
    const answer = answers[one * size + other] ?? noPair
    if (answer !== noPair) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  }
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), [noPair, 0] as const)[0]
}

function hashOf(answers: Int32Array, size: number, one: number, own: number): number {
  let hash = 0
  for (let other = 0; other < size; other++) {
    const to = other === one ? own : (answers[one * size + other] ?? noPair)
    const from = other === one ? own : (answers[other * size + one] ?? noPair)
    hash = (Math.imul(hash, 31) + to) | 0
    hash = (Math.imul(hash, 31) + from) | 0
  }
  return hash
}

function areTwins(answers: Int32Array, size: number, one: number, other: number): boolean {
  for (let third = 0; third < size; third++) {
    if (third === one || third === other) continue
    if (answers[one * size + third] !== answers[other * size + third]) return false
    if (answers[third * size + one] !== answers[third * size + other]) return false
  }
  const among = [one * size + one, one * size + other, other * size + one, other * size + other]
    .map((at) => answers[at] ?? noPair)
    .filter((answer) => answer !== noPair)
  return new Set(among).size <= 1
}
