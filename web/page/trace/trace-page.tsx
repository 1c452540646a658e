import { useWords } from '../../shell/words.ts'

export function TracePage() {
  const { web } = useWords()
  return <h1>{web.shell.pages.trace}</h1>
}
