import type { Hop, Path } from '../model/path.ts'
import { hanging, type Page } from './page.ts'
import { place } from './place.ts'
import { columns, padEnd } from './text-width.ts'

/** What was decided at every hop, and the verbatim line that decided it: forward, then what the reply met. */
export function drawDecisions(page: Page, path: Path): readonly string[] {
  const { paint, words } = page
  const reply = path.reply.filter((hop) => hop.decisions.length > 0)
  return [
    ...hopLines(page, path.forward),
    ...(reply.length === 0 ? [] : ['', `  ${paint.reply(words.replyPath)}`, ...hopLines(page, path.reply)]),
  ]
}

const hopLines = (page: Page, hops: readonly Hop[]): readonly string[] => {
  const stages = Math.max(0, ...hops.flatMap((hop) => hop.decisions.map((one) => columns(one.stage))))
  return hops
    .filter((hop) => hop.decisions.length > 0)
    .flatMap((hop) => [
      `  ${page.paint.strong(place(hop.stack, page.words))}`,
      ...hop.decisions.flatMap((decision) => [
        ...hanging(page, 4, `${padEnd(decision.stage, stages)}  `, decision.by),
        ...hanging(page, 4 + stages + 2, '→ ', decision.effect, page.paint.quiet),
      ]),
    ])
}
