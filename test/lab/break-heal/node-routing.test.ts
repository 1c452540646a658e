import { shownAndUndone } from './shown-and-undone.ts'

shownAndUndone('node-routing')
