/** The arrows of docs/architecture.md, each a rule with a sentence. */

const test = '[.](test|contract|fixture)[.]ts$'

/** What every room needs: how text and numbers from outside are bounded and cleaned. */
const everybodys = 'edge'

/** src/FROM may import itself, the edge and the rooms it names; nothing else of ours. */
const may = (from, ...to) => ({
  name: `${from}-knows-${to.join('-') || 'nobody'}`,
  comment: `src/${from} may import src/${everybodys}, ${to.map((room) => `src/${room}`).join(', ') || 'nothing else of ours'}. See docs/architecture.md.`,
  severity: 'error',
  from: { path: `^src/${from}/`, pathNot: test },
  to: { path: '^src/', pathNot: [from, everybodys, ...to].map((room) => `^src/${room}/`) },
})

const pure = [
  'edge',
  'model',
  'wire',
  'linux',
  'aws',
  'kubernetes',
  'intent',
  'forward',
  'observe',
  'tutorial',
  'diagnose',
  'change',
  'report',
  'i18n',
]

export default {
  forbidden: [
    {
      name: 'edge-knows-nobody',
      comment: 'src/edge may import nothing else of ours. See docs/architecture.md.',
      severity: 'error',
      from: { path: '^src/edge/', pathNot: test },
      to: { path: '^src/', pathNot: '^src/edge/' },
    },
    may('model'),
    may('wire', 'model'),
    may('linux', 'model'),
    may('aws', 'model'),
    may('kubernetes', 'model'),
    may('intent', 'kubernetes', 'model'),
    may('forward', 'kubernetes', 'model'),
    may('capture', 'wire', 'model'),
    may('observe', 'capture', 'forward', 'model'),
    may('tutorial', 'intent', 'kubernetes', 'forward', 'i18n', 'model'),
    may(
      'diagnose',
      'observe',
      'tutorial',
      'intent',
      'forward',
      'capture',
      'linux',
      'kubernetes',
      'i18n',
      'model',
    ),
    may('change', 'diagnose', 'intent', 'forward', 'linux', 'aws', 'kubernetes', 'model'),
    may('own'),
    may('bundle', 'linux', 'aws', 'intent', 'own', 'model'),
    may('exec'),
    may('cluster', 'linux', 'aws', 'kubernetes', 'bundle', 'capture', 'wire', 'exec', 'own', 'model'),
    may('session', 'cluster', 'observe', 'capture', 'kubernetes', 'bundle', 'exec', 'i18n', 'model'),
    may('inventory', 'session', 'cluster', 'forward', 'kubernetes', 'linux', 'aws', 'bundle', 'model'),
    may('endpoints', 'inventory', 'cluster', 'kubernetes', 'bundle', 'model'),
    may('runs', 'observe', 'capture', 'bundle', 'own', 'report', 'model'),
    may('lab', 'intent', 'exec', 'own', 'wire', 'aws', 'model'),
    may('i18n', 'model'),
    may('report', 'i18n', 'model'),
    {
      name: 'app-joins-the-rooms',
      comment: 'src/app may import every room but lab, server and cli. See docs/architecture.md.',
      severity: 'error',
      from: { path: '^src/app/', pathNot: test },
      to: { path: '^src/(lab|server|cli)/' },
    },
    may(
      'server',
      'app',
      'inventory',
      'endpoints',
      'runs',
      'session',
      'observe',
      'own',
      'report',
      'i18n',
      'model',
    ),
    {
      name: 'server-contract-knows-data-alone',
      comment: 'What server and page say to each other is data: types of pure rooms and their checks.',
      severity: 'error',
      from: { path: '^src/server/contract/' },
      to: { path: '^src/', pathNot: '^src/(server/contract|i18n|model|report|edge)/' },
    },
    {
      name: 'web-runs-in-a-browser',
      comment: 'web/ may import the rooms without I/O and the contract with the server.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^src/', pathNot: '^src/(server/contract|i18n|model|report|capture|wire|edge)/' },
    },
    {
      name: 'pure-rooms-run-in-a-browser',
      comment: 'What has no I/O imports no node:* module: same input, same output, also in a browser.',
      severity: 'error',
      from: { path: `^(src/(${pure.join('|')})|src/server/contract|web)/`, pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle means two files hold one idea, also where one needs but a type of the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
}
