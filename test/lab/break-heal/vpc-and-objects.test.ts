import { shownAndUndone } from './shown-and-undone.ts'

shownAndUndone('vpc-and-objects')
