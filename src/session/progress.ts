import type { ProgressSentences } from '../i18n/sentences/progress-sentences.ts'

/** Told what is going on, as a sentence still to be put in words: the caller knows the language. */
export type Progress = (say: (words: ProgressSentences) => string) => void
