/** The page around the figures: one column on a phone, dark where the reader's system is, plain when printed. */
export const pageStyle = `
:root{color-scheme:light dark;--paper:#ffffff;--ink:#1b1f24;--quiet:#57606a;--edge:#d0d7de;--soft:#f3f5f9;--bad:#b3261e;--good:#1f6b3f;--doubt:#8a4b00}
@media (prefers-color-scheme:dark){:root{--paper:#0f1318;--ink:#e6eaf0;--quiet:#9aa5b3;--edge:#333c48;--soft:#171d26;--bad:#ff8a80;--good:#7ed3a1;--doubt:#f0b866}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans KR','Apple SD Gothic Neo','Malgun Gothic',sans-serif;overflow-wrap:anywhere}
main{max-width:1400px;margin:0 auto;padding:20px 16px 48px}
h1{font-size:1.35rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}
:lang(ko){word-break:keep-all}
p{margin:.3rem 0}
.quiet,footer{color:var(--quiet);font-size:.9rem}
.verdict{display:inline-block;border:2px solid currentColor;border-radius:6px;padding:1px 10px;font-weight:700;letter-spacing:.03em}
.good{color:var(--good)}.bad{color:var(--bad)}.doubt{color:var(--doubt)}
.figure{overflow-x:auto;border:1px solid var(--edge);border-radius:8px;margin:.8rem 0}
.figure svg{display:block;max-width:100%;min-width:900px;height:auto;margin:0 auto}
code{font:.85em/1.45 ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;white-space:pre-wrap}
ol,ul{padding:0;margin:0;list-style:none}
.statements>li{border-top:1px solid var(--edge);padding:.45rem 0}
.number{display:inline-block;min-width:2.2em;font-weight:700}
summary{cursor:pointer}
details details,.evidence{margin-left:1.2rem}
.evidence li{padding:.15rem 0;color:var(--quiet);font-size:.9rem}
.evidence code{color:var(--ink)}
.reason{margin-left:2.2em;font-weight:600}
.finding{border-left:5px solid currentColor;padding:.2rem 0 .2rem .8rem;margin:.8rem 0}
.finding>*{color:var(--ink)}.finding>h3{color:inherit;margin:0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--edge);vertical-align:top;overflow-wrap:break-word}td code{overflow-wrap:anywhere}
.captures td{white-space:nowrap}.captures .reply td:first-child{font-style:italic}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--quiet:#333;--edge:#888;--soft:#fff;--bad:#000;--good:#000;--doubt:#000}
main{max-width:none;padding:0}details::details-content{content-visibility:visible;display:block}.figure,.scroll{overflow:visible}.figure{border:0;break-inside:avoid}.figure svg{min-width:0}
tr,li{break-inside:avoid}h2,h3{break-after:avoid}table{font-size:.75rem}.captures td{white-space:normal}}
`
