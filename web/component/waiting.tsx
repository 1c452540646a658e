import { useWords } from '../shell/words.ts'

/** Shown only after a moment (see the style sheet), so that what comes at once does not flicker. */
export const Waiting = () => (
  <div className="waiting" role="status">
    {useWords().web.shell.loading}
  </div>
)
