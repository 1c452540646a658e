import { useWords } from '../../shell/words.ts'

export function RunsPage() {
  const { web } = useWords()
  return <h1>{web.shell.pages.runs}</h1>
}
