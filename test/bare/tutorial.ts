import { ctrlC, openTerminal, prompt, type Terminal } from '../seed/terminal.ts'
import { readTutorial } from '../seed/tutorial-page.ts'
import { logIn, tutorialRows, watchIcmp, type TutorialRow } from '../seed/tutorial-rows.ts'
import type { BareSystem } from './bare-system.ts'
import { checkoutText } from './checkout.ts'
import { runStep, type StepResult } from './run-step.ts'
import { faults } from './step.ts'

const shell = 'npx podpath lab shell'

/** A newcomer's windows: one at the bastion, and those that watch at a node. */
interface Windows {
  bastion: Terminal | null
  watching: Terminal[]
}

/** Types every command of docs/tutorial.md where the page says, each held against its row; gives what came of each. */
export async function* followTutorial(system: BareSystem): AsyncGenerator<StepResult> {
  const rowOf = new Map(tutorialRows.map((row) => [row.command, row]))
  const windows: Windows = { bastion: null, watching: [] }
  try {
    let watchedIn = ''
    for (const block of readTutorial(checkoutText('docs/tutorial.md'))) {
      if (block.kind !== 'commands') continue
      // A chapter's windows are left with it.
      if (block.chapter !== watchedIn) await leave(windows)
      for (const command of block.commands) {
        const row = rowOf.get(command)
        if (row?.at === 'node') watchedIn = block.chapter
        yield row === undefined
          ? { ...blank(command, block.chapter), faults: ['the table of the tutorial has no such command'] }
          : await follow(system, windows, row, block.chapter)
      }
    }
  } finally {
    await leave(windows)
    if (windows.bastion !== null) await closed(windows.bastion)
  }
}

const blank = (command: string, chapter: string): StepResult => ({
  step: { command, because: `chapter ${chapter} of the tutorial`, shows: [] },
  written: '',
  milliseconds: 0,
  faults: [],
})

async function leave(windows: Windows): Promise<void> {
  for (const terminal of windows.watching) {
    terminal.type(ctrlC)
    await terminal.until(prompt, terminal.shown().lastIndexOf('listening on')).catch(() => undefined)
    await closed(terminal)
  }
  windows.watching = []
}

/** One that does not close is closed with the system that it is in. */
const closed = (terminal: Terminal): Promise<unknown> =>
  Promise.race([terminal.close(), new Promise((resolve) => setTimeout(resolve, 10_000).unref())])

async function follow(
  system: BareSystem,
  windows: Windows,
  row: TutorialRow,
  chapter: string,
): Promise<StepResult> {
  const { command, seen, exit } = row
  const { step: known, ...rest } = blank(command, chapter)
  const step = { ...known, shows: seen, ...(exit === undefined ? {} : { exit }) }
  if (row.at === 'machine' && command !== shell) {
    if (command === 'npx podpath lab down' && windows.bastion !== null) await closed(windows.bastion)
    return runStep(system, step)
  }
  const began = performance.now()
  try {
    const written = await typed(system, windows, command, seen)
    const milliseconds = performance.now() - began
    return { step, written, milliseconds, faults: faults({ ...step, exit: 0 }, { exit: 0, written }) }
  } catch (error) {
    return { ...rest, step, faults: [error instanceof Error ? error.message : String(error)] }
  }
}

/** Types it in the window where it belongs; gives what that window then shows. */
async function typed(
  system: BareSystem,
  windows: Windows,
  command: string,
  seen: readonly RegExp[],
): Promise<string> {
  const open = async (): Promise<Terminal> => {
    const terminal = openTerminal(shell.split(' '), undefined, system.entry())
    await terminal.until(prompt)
    return terminal
  }
  if (command === shell) {
    windows.bastion = await open()
    return windows.bastion.shown()
  }
  if (logIn.test(command)) {
    const terminal = await open()
    windows.watching.push(terminal)
    return terminal.command(command)
  }
  const last = windows.watching.at(-1)
  if (command === watchIcmp && last !== undefined) {
    last.type(`${command}\n`)
    for (const pattern of seen) await last.until(pattern)
    return last.shown()
  }
  if (windows.bastion === null) throw new Error('there is no window at the bastion')
  return windows.bastion.command(command)
}
