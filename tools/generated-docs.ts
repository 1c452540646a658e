import { readFileSync } from 'node:fs'
import { format } from 'prettier'
import { exitStatus } from '../src/model/result/exit-status.ts'
import { ec2Actions } from '../src/cluster/aws/iam-policy.ts'
import { permissionTable, type Purpose } from '../src/cluster/api/permissions.ts'
import { findingSeverity } from '../src/diagnose/findings/finding.ts'
import type { Catalogue } from '../src/i18n/catalogue.ts'
import { catalogue } from '../src/i18n/catalogues.ts'
import type { Language } from '../src/i18n/language.ts'
import { requirements } from '../src/lab/requirements/requirement.ts'
import { causeCodes } from '../src/model/diagnosis/diagnosis.ts'
import { stages } from '../src/model/path/path.ts'

/** The pages made from the tables in the code, by their path in the repository, as prettier leaves them. */
export async function generatedDocs(): Promise<ReadonlyMap<string, string>> {
  const english = catalogue('en')
  const pages: readonly (readonly [path: string, text: string])[] = [
    ['docs/findings.md', findings(english)],
    ['docs/verdicts.md', verdicts(english)],
    ['docs/statements.md', statements(english, heading.en)],
    ['docs/permissions.md', permissions()],
    ['docs/ko/statements.md', statements(catalogue('ko'), heading.ko)],
    ['docs/lab.md', withPrograms('docs/lab.md', 'en')],
    ['docs/ko/lab.md', withPrograms('docs/ko/lab.md', 'ko')],
  ]
  return new Map(
    await Promise.all(
      pages.map(async ([path, text]): Promise<[string, string]> => [path, await format(text, { ...style })]),
    ),
  )
}

const style = { parser: 'markdown', printWidth: 110 } as const
const generated = '<!-- Written by `npx tsx tools/write-docs.ts` from the tables in the code. -->'

const programColumns = {
  en: ['program', 'what for', 'needed by', 'Debian', 'Fedora', 'Alpine'],
  ko: ['프로그램', '용도', '필요한 곳', 'Debian', 'Fedora', 'Alpine'],
} as const satisfies Record<Language, unknown>
const programNeeds = {
  en: {
    demo: 'every lab',
    lab: 'its shell and nodes',
    test: '`npm test`',
    withoutRoot: 'a lab without root',
  },
  ko: { demo: '모든 실습 환경', lab: '셸과 노드', test: '`npm test`', withoutRoot: 'root 없는 실습 환경' },
} as const satisfies Record<Language, unknown>

/** A page of people's own words, and in it the table of what a lab needs, between two marks. */
function withPrograms(path: string, language: Language): string {
  const page = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
  const [before, , after] = page.split(/^<!-- programs.*-->$/m)
  if (before === undefined || after === undefined) throw new Error(`${path} has no place for the programs`)
  const needs = programNeeds[language]
  const rows = requirements.map(({ programs, purpose, need, withoutRoot, packages }) => [
    programs.join(', '),
    purpose[language],
    withoutRoot === true ? needs.withoutRoot : needs[need],
    ...[packages.debian, packages.fedora, packages.alpine].map((names) => names.join(', ')),
  ])
  const mark = (words: string): string => `<!-- programs${words} -->`
  return `${before}${mark(': written by tools/write-docs.ts from src/lab/requirements/programs.json')}\n\n${table(programColumns[language], rows)}\n\n${mark(' end')}${after}`
}

/** Facts that choose among the sentences of a finding. */
const variants: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  PACKET_LOST: [{}, { because: null }],
  REPLY_LOST: [{}, { because: null }],
  LOST_AGAINST_PREDICTION: ['stack', 'wire', 'vpc', 'receiver', 'sender', 'beyond'].map((segment) => ({
    segment,
    direction: 'forward',
    counted: null,
  })),
}

const findings = (words: Catalogue): string =>
  [
    generated,
    '# Findings',
    'A finding is something that a person should know. Its code is stable; in JSON it stands beside `severity`, `at` (the stack), `by` (the verbatim guilty line, or null), `message`, `remedy` and `evidence`. A finding of severity `error` makes the exit status 1. Words in braces are facts of the run.',
    ...Object.entries(words.findings).map(([code, { message, remedy }]) =>
      [
        `## ${code}`,
        `Severity: ${findingSeverity[code as keyof typeof findingSeverity]}`,
        ...(variants[code] ?? [{}]).flatMap((facts) => [
          `> ${say(message, facts)}`,
          `What to do: ${say(remedy, facts)}`,
        ]),
      ].join('\n\n'),
    ),
    '## Causes',
    'What is wrong, where an edit of a line or an object after which the packet arrives is known. A cause is a finding too, with what to type in `todo`, and stands in `diagnosis`. One that changes what somebody decided on purpose says so.',
    table(
      ['code', 'says'],
      causeCodes.map((code) => [`\`${code}\``, say(words.causes.codes[code] as (facts: never) => string)]),
    ),
  ].join('\n\n')

const purposes: Readonly<Record<Purpose, string>> = {
  read: 'the whole cluster',
  agent: 'the agent’s namespace',
  'own-namespace': 'the whole cluster; not with `--agent-namespace`',
  deploy: 'the agent’s namespace; only with `--deploy`',
  ui: 'the whole cluster; only for `podpath ui`',
}

const permissions = (): string =>
  [
    generated,
    '# Permissions',
    'What podpath asks of the Kubernetes API. It asks for nothing else: every request is checked against this table before it is sent, and `podpath rbac` prints roles made from it. Without what is optional a run goes on, and says what is missing.',
    table(
      ['resource', 'API group', 'verbs', 'where', 'for'],
      permissionTable.map(({ group, resource, verbs, purpose, optional, because }) => [
        `\`${resource}\``,
        group === '' ? 'core' : group,
        verbs.join(', '),
        purposes[purpose],
        `${because}${optional ? ' (optional)' : ''}`,
      ]),
    ),
    'Everybody whom the server knows may also ask it what they may do (`selfsubjectaccessreviews`), which podpath does before it creates anything.',
    '## EC2',
    'All optional, and all of them describe and change nothing:',
    ec2Actions.map((action) => `- \`ec2:${action}\``).join('\n'),
  ].join('\n\n')

const verdicts = (words: Catalogue): string =>
  [
    generated,
    '# Verdicts',
    'A run ends with one word, the worst that is certain: a loss outweighs a disagreement, a disagreement outweighs a doubt.',
    table(
      ['`verdict` in JSON', 'in a report', 'means', 'exit status'],
      Object.entries(words.report.verdictMeans).map(([verdict, means]) => [
        `\`${verdict}\``,
        words.report.verdict[verdict as keyof typeof words.report.verdict],
        means,
        String(verdict === 'delivered' ? exitStatus.fine : exitStatus.findings),
      ]),
    ),
    `Exit status ${exitStatus.usage} is wrong usage or unreadable input, ${exitStatus.environment} an environment that is not able: no permission, a missing program, a cluster out of reach. Both say so in one line on standard error. A crash of podpath is ${exitStatus.environment} as well, and never ${exitStatus.findings}; so is a result that could not be written. ${exitStatus.interrupted} is an end by Ctrl-C or another signal, in good order. \`explain\`, \`matrix\` and \`ui\` make nothing that has to be cleared away while they read and predict from a recording: there such a signal ends them at once, as it ends any program, and ${exitStatus.interrupted} is what a shell says of Ctrl-C.`,
    '## Of a path',
    'A path, predicted or observed, has a verdict of its own and one for its reply (null where no reply was to be expected). `unknown` is an honest answer: the report names the line, or the missing file, that left it open.',
    table(
      ['`verdict`', 'means'],
      [
        ['`delivered`', 'the packet reached its receiver'],
        ['`dropped`', '`stoppedAt` names the stack where it ended, and the last decision there the line'],
        ['`unknown`', '`stoppedAt` names the stack beyond which nothing is known'],
      ],
    ),
    '## Of a trace',
    '`podpath trace` holds what it saw against what the tables say. There are four outcomes:',
    table(
      ['predicted', 'seen', 'told as'],
      [
        ['delivered', 'delivered, the same way', 'no finding; `agrees` is true, exit status 0'],
        [
          'dropped',
          'dropped, at the same place',
          'its cause; where none is known `PACKET_LOST` or `REPLY_LOST` with the line in `by`; the last sighting, the first missing one and the counters that rose are its evidence',
        ],
        [
          'delivered',
          'dropped',
          '`LOST_AGAINST_PREDICTION`: between which two places it was lost, what lies there, what would tell more',
        ],
        [
          'dropped',
          'delivered',
          '`DELIVERED_AGAINST_PREDICTION`: the model is wrong, or the tables changed; the snapshot is kept as a bundle beside the run',
        ],
      ],
    ),
    'Where an edit of a line or an object would mend it, the finding is that cause ([the list](findings.md#causes)), the same whether `trace`, `explain`, `verify`, `matrix` or `diagnose` is asked and from whichever end; where the packet ended is its evidence. What was seen to pass was not dropped there, whatever the tables say.',
    'Another way or other addresses than predicted are `PATH_DIFFERS` and `ADDRESSES_DIFFER`, another place `VERDICT_DIFFERS`. Whenever `agrees` is false the bundle is kept (`bundle` in JSON), so that `podpath explain --bundle` can be asked again. Counters (iptables, and what `nstat` shows) are read before and after the probe; a rise of one that counts drops is evidence of kind `counter`.',
    '## Of a statement',
    table(
      ['`state`', 'in a report'],
      Object.entries(words.report.state).map(([state, said]) => [`\`${state}\``, said]),
    ),
    '## Stages of a decision',
    `Every decision of a hop names the stage at which it fell: ${stages.map((stage) => `\`${stage}\``).join(', ')}.`,
  ].join('\n\n')

const heading = {
  en: {
    title: 'The statements of the tutorial',
    intro:
      '`podpath verify` decides each of these from what was captured and from the lines that the kernel and EC2 print. [The tutorial](tutorial.md) shows where each of them can be seen. The numbers follow the packet; a letter names a part that can be true or false by itself. Words in braces are facts of the run.',
    columns: ['id', 'statement'],
    labels: { private: 'private subnet', external: 'private, EXTERNALSNAT' },
  },
  ko: {
    title: '실습 내용 검증 항목',
    intro:
      '`podpath verify` 명령은 캡처한 패킷과 커널·EC2가 출력한 줄을 근거로 아래 항목을 하나씩 판정합니다. 항목마다 어디에서 눈으로 볼 수 있는지는 [실습 문서](tutorial.md)에 있습니다. 번호는 패킷이 지나가는 순서이며, 영문자가 붙은 것은 따로 참·거짓을 가릴 수 있는 부분입니다. 중괄호 안의 말은 실행할 때마다 정해지는 값입니다.',
    columns: ['번호', '내용'],
    labels: { private: '프라이빗 서브넷', external: '프라이빗, EXTERNALSNAT' },
  },
} as const satisfies Record<Language, unknown>

const behindNatGateway = { table: 'main', natGateway: '{natGateway}', externalSnat: false }
const leavingSnat = { ...behindNatGateway, externalSnat: true }

/** A statement as it is in the tutorial, and where it speaks otherwise. */
function variantsOf(
  statement: (facts: never) => string,
): readonly { readonly where: 'private' | 'external' | null; readonly text: string }[] {
  const all = [
    { where: null, text: say(statement) },
    { where: 'private', text: say(statement, behindNatGateway) },
    { where: 'external', text: say(statement, leavingSnat) },
  ] as const
  return all.filter(({ text }, i) => all.findIndex((one) => one.text === text) === i)
}

const statements = (
  words: Catalogue,
  { title, intro, columns, labels }: (typeof heading)[Language],
): string =>
  [
    generated,
    `# ${title}`,
    intro,
    ...(['pod-to-pod', 'pod-to-internet', 'public-address'] as const).flatMap((experiment) => [
      `## ${words.report.experiments[experiment]}`,
      table(
        columns,
        Object.entries(words.statements).flatMap(([id, statement]) =>
          id.startsWith(`${experiment}.`)
            ? variantsOf(statement).map(({ text, where }) => [
                where === null ? `\`${id}\`` : labels[where],
                text,
              ])
            : [],
        ),
      ),
    ]),
  ].join('\n\n')

/** A sentence with the names of its facts where a run puts values; it speaks of main tables and of public subnets. */
const say = (
  sentence: (facts: never) => string,
  known: Readonly<Record<string, unknown>> = { table: 'main', natGateway: null, externalSnat: false },
): string =>
  sentence(
    new Proxy(known, {
      get: (facts, name) => (Object.hasOwn(facts, name) ? Reflect.get(facts, name) : `{${String(name)}}`),
    }) as never,
  )

const table = (columns: readonly string[], rows: readonly (readonly string[])[]): string =>
  [columns, columns.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
