/** A change that cannot be taken as it was written. Never half: whoever gets it has changed nothing. */
import type { ChangeProblem } from '../model/result/change-problem.ts'

export class ChangeError extends Error {
  override readonly name = 'ChangeError'
  readonly problem: ChangeProblem
  constructor(problem: ChangeProblem) {
    super(Object.values(problem).flat().join(' '))
    this.problem = problem
  }
}

/** Of text from outside no more than anybody would read. */
const excerpt = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text)

export const badCommand = (word: string): ChangeError =>
  new ChangeError({ code: 'command', word: excerpt(word) })
export const badOption = (word: string): ChangeError =>
  new ChangeError({ code: 'option', word: excerpt(word) })
export const badValue = (option: string, value: string): ChangeError =>
  new ChangeError({ code: 'value', option: excerpt(option), value: excerpt(value) })
export const lacking = (what: string): ChangeError => new ChangeError({ code: 'lacks', what })
export const notThere = (what: string, at: string): ChangeError =>
  new ChangeError({ code: 'not-there', what: excerpt(what), at })
export const thereAlready = (what: string, at: string): ChangeError =>
  new ChangeError({ code: 'there-already', what: excerpt(what), at })
export const notRead = (what: string, at: string): ChangeError =>
  new ChangeError({ code: 'not-read', what, at })
export const badObject = (object: string, because: string): ChangeError =>
  new ChangeError({ code: 'object', object: excerpt(object), because: excerpt(because) })
