import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { Context, Hono } from 'hono'
import { languages, type Language } from '../../i18n/language.ts'
import type { RunResult } from '../../model/result/result.ts'
import { renderHtml } from '../../report/html/report.ts'
import { renderJson } from '../../report/json.ts'
import { renderMarkdown } from '../../report/markdown/report.ts'
import { renderSvg } from '../../report/svg/svg.ts'
import { reportFormats, type ReportFormat, type Run, type Runs } from '../contract/run.ts'
import type { Desk } from '../desk.ts'
import { refusal } from '../refusal.ts'

export function addRunRoutes(api: Hono, { shelf, language }: Desk): void {
  const missing = (context: Context): Response =>
    refusal(context, 404, 'not-found', 'there is no such run: the twenty last are kept')

  api.get('/runs', async (context) =>
    context.json<Runs>({ directory: shelf.directory, runs: [...(await shelf.list())] }),
  )

  api.get('/runs/:id', async (context) => {
    const run = await shelf.run(context.req.param('id'))
    return run ? context.json<Run>(run) : missing(context)
  })

  api.get('/runs/:id/capture', async (context) => {
    const file = await shelf.capture(context.req.param('id'))
    if (!file) return missing(context)
    const { content, octets } = file
    const body =
      'bytes' in content
        ? new Uint8Array(content.bytes)
        : (Readable.toWeb(createReadStream(content.path, { end: octets - 1 })) as ReadableStream)
    return new Response(body, {
      headers: {
        'Content-Type': 'application/x-pcapng',
        'Content-Length': String(octets),
        'Content-Disposition': `attachment; filename="${fileName(context.req.param('id'), 'pcapng')}"`,
      },
    })
  })

  api.get('/runs/:id/report/:format', async (context) => {
    const format = reportFormats.find((one) => one === context.req.param('format'))
    const run = await shelf.run(context.req.param('id'))
    if (!format || !run) return missing(context)
    const wanted = languages.find((one) => one === context.req.query('language')) ?? language
    const { type, ending } = kinds[format]
    return context.body(render(format, run.result, wanted), 200, {
      'Content-Type': `${type}; charset=utf-8`,
      'Content-Disposition': `attachment; filename="${fileName(run.id, ending)}"`,
    })
  })
}

const kinds: { readonly [F in ReportFormat]: { readonly type: string; readonly ending: string } } = {
  svg: { type: 'image/svg+xml', ending: 'svg' },
  json: { type: 'application/json', ending: 'json' },
  markdown: { type: 'text/markdown', ending: 'md' },
  html: { type: 'text/html', ending: 'html' },
}

/** Only such characters as every system takes in a name. */
const fileName = (id: string, ending: string): string =>
  `podpath-${id.replaceAll(/[^A-Za-z0-9.-]/g, '')}.${ending}`

function render(format: ReportFormat, result: RunResult, language: Language): string {
  switch (format) {
    case 'svg':
      return renderSvg(result, { language })
    case 'json':
      return renderJson(result)
    case 'markdown':
      return renderMarkdown(result, language)
    case 'html':
      return renderHtml(result, language)
  }
}
