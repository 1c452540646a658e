import type { Command } from 'commander'
import { readPasted } from '../bundle/paste/open.ts'
import { recognise, type Piece } from '../bundle/paste/recognise.ts'
import { jsonText } from '../edge/clean.ts'
import { catalogue } from '../i18n/catalogues.ts'
import { exitStatus } from '../model/result/exit-status.ts'
import type { Context } from './process/context.ts'

/** `podpath read FILE…` */
export function addRead(program: Command, context: Context): void {
  program
    .command('read')
    .description('what podpath recognises in text that somebody pasted or collected, line by line')
    .argument('<file...>', 'files or folders of text, as for --node')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  podpath read pasted.txt
  podpath explain --node n1=pasted.txt --from 192.168.1.60 --to 10.100.0.10 --protocol udp --port 53`,
    )
    .action((paths: readonly string[], flags: { readonly json?: boolean }) =>
      context.run(async () => {
        const files = []
        for (const path of paths)
          for (const { path: file, text } of await readPasted(path))
            files.push({ file, pieces: recognise(text, file.split('/').at(-1) ?? file) })
        context.io.out(
          flags.json === true
            ? `${jsonText({ version: 1, files: files.map(({ file, pieces }) => ({ file, pieces: pieces.map(shown) })) })}\n`
            : files.map(({ file, pieces }) => fileText(context, file, pieces)).join('\n'),
        )
        return exitStatus.fine
      }),
    )
}

/** Without the text itself, which the reader has. */
const shown = ({ kind, command, family, table, lines }: Piece) => ({ kind, command, family, table, lines })

function fileText(context: Context, file: string, pieces: readonly Piece[]): string {
  const words = catalogue(context.language()).command.read
  const rows = pieces.map(({ kind, table, command, lines }) => {
    const place = lines[0] === lines[1] ? `${lines[0]}` : `${lines[0]}-${lines[1]}`
    const what = words.kinds[kind]
    return `  ${place.padEnd(11)} ${what}${table === null ? '' : `  ${words.table(table)}`}${command === null ? '' : `  (${command})`}`
  })
  return [file, ...(rows.length === 0 ? [`  ${words.nothing}`] : rows), ''].join('\n')
}
