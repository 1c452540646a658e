import { shownAndUndone } from './shown-and-undone.ts'

shownAndUndone('services-and-pods')
