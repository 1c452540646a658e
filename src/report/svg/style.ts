/** The colours of one theme. Meaning never rests on them: shapes, marks, words and dashes say the same. */
interface Palette {
  readonly paper: string
  readonly ink: string
  readonly quiet: string
  readonly pod: string
  readonly podEdge: string
  readonly machine: string
  readonly host: string
  readonly hostEdge: string
  readonly cloud: string
  readonly cloudEdge: string
  readonly request: string
  readonly reply: string
  readonly bad: string
  readonly badFill: string
  readonly good: string
  readonly nat: string
}

const light: Palette = {
  paper: '#ffffff',
  ink: '#1b1f24',
  quiet: '#57606a',
  pod: '#eaf6ee',
  podEdge: '#2c7a4b',
  machine: '#f3f5f9',
  host: '#ffffff',
  hostEdge: '#4a628a',
  cloud: '#fff6e6',
  cloudEdge: '#9a6100',
  request: '#0b57a4',
  reply: '#7a2f8f',
  bad: '#b3261e',
  badFill: '#fdecea',
  good: '#1f6b3f',
  nat: '#8a4b00',
}

const dark: Palette = {
  paper: '#0f1318',
  ink: '#e6eaf0',
  quiet: '#9aa5b3',
  pod: '#12271b',
  podEdge: '#5fbf85',
  machine: '#171d26',
  host: '#10151c',
  hostEdge: '#8aa4d0',
  cloud: '#2a2110',
  cloudEdge: '#e0a84a',
  request: '#7ab8ff',
  reply: '#dba2ee',
  bad: '#ff8a80',
  badFill: '#3a1715',
  good: '#7ed3a1',
  nat: '#f0b866',
}

/** A printer has one colour: black on white, and what tells things apart is the form. */
const paper: Palette = {
  paper: '#ffffff',
  ink: '#000000',
  quiet: '#333333',
  pod: '#ffffff',
  podEdge: '#000000',
  machine: '#ffffff',
  host: '#ffffff',
  hostEdge: '#000000',
  cloud: '#ffffff',
  cloudEdge: '#000000',
  request: '#000000',
  reply: '#000000',
  bad: '#000000',
  badFill: '#ffffff',
  good: '#000000',
  nat: '#000000',
}

const sans = `system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans KR','Noto Sans CJK KR','Apple SD Gothic Neo','Malgun Gothic',sans-serif`
const mono = `ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono','Noto Sans Mono CJK KR',monospace`

const forms = `
.pp{font-family:${sans}}
.pp-code,.pp-address,.pp-eni,.pp-nat,.pp-port,.pp-leg{font-family:${mono};font-size:11px;white-space:pre}
.pp-title{font-size:17px;font-weight:650}
.pp-sub,.pp-small{font-size:12.5px}
.pp-small{font-size:11.5px}
.pp-kind{font-size:11.5px;font-weight:600}
.pp-name{font-size:12px}
.pp-stage{font-size:10px;letter-spacing:.04em}
.pp-address,.pp-nat,.pp-new{font-weight:700}
.pp-new{text-decoration:underline}
.pp-other{font-style:italic}
.pp-bad{font-size:12px;font-weight:700}
.pp-box{stroke-width:1.5}
.pp-machine{stroke-width:1.5}
.pp-vpc{fill:none;stroke-width:1.2;stroke-dasharray:2 5;stroke-linecap:round}
.pp-ghost{stroke-dasharray:1.5 4;stroke-linecap:round}
.pp-guilty{stroke-width:4}
.pp-line{fill:none;stroke-width:2}
.pp-inferred{stroke-dasharray:8 4}
.pp-predicted{stroke-dasharray:1.5 4.5;stroke-linecap:round}
.pp-badge,.pp-mark,.pp-mark-small{font-size:11px;font-weight:700;text-anchor:middle}
.pp-mark{font-size:17px}
.pp-mid{text-anchor:middle}.pp-end{text-anchor:end}`

const colours = (p: Palette): string => `
.pp text{fill:${p.ink}}
.pp-paper{fill:${p.paper}}
.pp .pp-quiet,.pp .pp-stage,.pp .pp-eni,.pp .pp-fact,.pp .pp-other{fill:${p.quiet}}
.pp-vpc{stroke:${p.cloudEdge}}
.pp .pp-vpc-name{fill:${p.cloudEdge}}
.pp-machine{fill:${p.machine};stroke:${p.hostEdge}}
.pp-pod{fill:${p.pod};stroke:${p.podEdge}}
.pp-host{fill:${p.host};stroke:${p.hostEdge}}
.pp-cloud{fill:${p.cloud};stroke:${p.cloudEdge}}
.pp-guilty-edge{stroke:${p.bad}}
.pp-key{stroke:${p.ink}}
.pp-tag{fill:${p.paper};stroke:${p.ink}}
.pp-request{stroke:${p.request}}.pp-reply{stroke:${p.reply}}
.pp-request-head{fill:${p.request}}.pp-reply-head{fill:${p.reply}}
.pp .pp-request-text{fill:${p.request}}.pp .pp-reply-text{fill:${p.reply}}
.pp .pp-nat{fill:${p.nat}}
.pp-guilty{fill:${p.badFill};stroke:${p.bad}}
.pp .pp-bad{fill:${p.bad}}
.pp-disc{fill:${p.ink};stroke:${p.ink}}
.pp .pp-on-disc{fill:${p.paper}}
.pp-disc-failed{fill:${p.badFill};stroke:${p.bad};stroke-width:2.5}
.pp-disc-unknown{fill:${p.paper};stroke:${p.ink};stroke-dasharray:2 2}
.pp-mark-disc{fill:${p.bad};stroke:${p.paper};stroke-width:2}
.pp-mark-ring{fill:${p.paper};stroke:${p.bad};stroke-width:1.5}
.pp-mark-small{fill:${p.bad}}
.pp .pp-good{fill:${p.good}}`

export type Theme = 'light' | 'dark' | 'auto'

/** The style sheet of every figure; one of them serves a page with many. Printed, it is black on white. */
export const figureStyle = (theme: Theme): string =>
  [
    forms,
    colours(theme === 'dark' ? dark : light),
    ...(theme === 'auto' ? [`\n@media (prefers-color-scheme:dark){${colours(dark)}\n}`] : []),
    `\n@media print{${colours(paper)}\n}\n`,
  ].join('')
