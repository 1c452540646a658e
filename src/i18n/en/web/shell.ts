import type { WebShellSentences } from '../../web/shell-sentences.ts'

export const webShell: WebShellSentences = {
  pages: { trace: 'Trace', cluster: 'Cluster', tables: 'Tables', lab: 'Lab', runs: 'Runs' },
  menu: 'Pages',
  skip: 'Skip to the page',
  source: (kind, name) => (kind === 'cluster' ? `The cluster ${name}` : `The recorded snapshot ${name}`),
  sourceKind: { cluster: 'Cluster', bundle: 'Recorded' },
  language: 'Language',
  theme: 'Colours',
  themes: { auto: 'System colours', light: 'Light', dark: 'Dark' },
  loading: 'Loading…',
  notConnected: 'podpath does not answer',
  broken: 'This page broke. The others work; please report it',
}
