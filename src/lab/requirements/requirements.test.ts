import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { distributionOf, installLine, missingOf, packagesOf } from './missing.js'
import { requirements, type Need, type Requirement } from './requirement.ts'

const word = z.string().regex(/^[a-z0-9/][a-z0-9._/+-]*$/)
const phrase = z.string().regex(/^\S.*[^.\s]$/)
const packages = z.array(word).min(1)
const schema = z.array(
  z.strictObject({
    programs: z.array(word).min(1),
    purpose: z.strictObject({ en: phrase, ko: phrase }),
    need: z.enum(['demo', 'lab', 'test']),
    withoutRoot: z.literal(true).optional(),
    client: z.literal(true).optional(),
    busybox: z.literal(true).optional(),
    packages: z.strictObject({ debian: packages, fedora: packages, alpine: packages }),
  }),
)

describe('the list', () => {
  test('is of the shape that its readers expect', () => {
    expect(schema.safeParse(requirements).error).toBeUndefined()
  })

  test('names every program once', () => {
    const programs = requirements.flatMap((one) => one.programs)
    expect(programs.filter((name, i) => programs.indexOf(name) !== i)).toEqual([])
  })
})

const requirement = (program: string, need: Need, more: Partial<Requirement> = {}): Requirement => ({
  programs: [program],
  purpose: { en: 'a test', ko: '테스트' },
  need,
  packages: { debian: [`deb-${program}`], fedora: [`rpm-${program}`], alpine: [`apk-${program}`] },
  ...more,
})

describe('what is missing', () => {
  const list = [
    requirement('ip', 'demo'),
    requirement('newuidmap', 'demo', { withoutRoot: true }),
    requirement('sshd', 'lab'),
    requirement('tshark', 'test'),
  ]
  const names = (missing: readonly Requirement[]) => missing.flatMap(({ programs }) => programs)
  test.each<{ need: Need; root: boolean; has: string[]; lacks: string[]; because: string }>([
    {
      need: 'demo',
      root: true,
      has: [],
      lacks: ['ip'],
      because: 'root maps ids itself, and nobody asked for more than a demo',
    },
    { need: 'demo', root: false, has: ['ip'], lacks: ['newuidmap'], because: 'others need a range of ids' },
    { need: 'lab', root: true, has: [], lacks: ['ip', 'sshd'], because: 'a lab needs what a demo needs' },
    {
      need: 'test',
      root: true,
      has: ['ip', 'sshd', 'tshark'],
      lacks: ['newuidmap'],
      because: 'the tests start a lab without root, whoever runs them',
    },
    { need: 'lab', root: true, has: ['ip', 'sshd'], lacks: [], because: 'everything is there' },
  ])('$need, root $root, with $has: $lacks, because $because', ({ need, root, has, lacks }) => {
    expect(names(missingOf(list, need, { root, has: (program) => has.includes(program) }))).toEqual(lacks)
  })

  test('is a requirement one of whose programs is not there', () => {
    const two = requirement('ssh', 'lab', { programs: ['ssh', 'scp'] })
    expect(missingOf([two], 'lab', { root: true, has: (program) => program === 'ssh' })).toEqual([two])
  })

  test('is asked for once where one package brings two of them', () => {
    const one = requirement('a', 'lab')
    expect(packagesOf([one, { ...requirement('b', 'lab'), packages: one.packages }], 'debian')).toEqual([
      'deb-a',
    ])
  })
})

describe('the line that brings it', () => {
  const missing = [requirement('ip', 'demo'), requirement('sshd', 'lab')]
  test.each([
    {
      osRelease: 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n',
      root: true,
      line: 'apt-get update && apt-get install --no-install-recommends deb-ip deb-sshd',
      because: 'Debian’s own, and a new machine has no package lists yet',
    },
    {
      osRelease: 'ID=linuxmint\nID_LIKE="ubuntu debian"\n',
      root: false,
      line: 'sudo apt-get update && sudo apt-get install --no-install-recommends deb-ip deb-sshd',
      because: 'one of its family, and only root may install',
    },
    {
      osRelease: "NAME='Fedora Linux'\nID=fedora\n",
      root: false,
      line: 'sudo dnf install rpm-ip rpm-sshd',
      because: 'Fedora’s names and its installer',
    },
    {
      osRelease: 'ID="rocky"\nID_LIKE="rhel centos fedora"\n',
      root: true,
      line: 'dnf install rpm-ip rpm-sshd',
      because: 'one of Fedora’s family',
    },
    { osRelease: 'ID=alpine\n', root: true, line: 'apk add apk-ip apk-sshd', because: 'Alpine’s' },
    {
      osRelease: 'ID=gentoo\n',
      root: true,
      line: 'install ip, sshd (Debian’s packages: deb-ip deb-sshd)',
      because: 'of others we know no names, and guess none',
    },
    {
      osRelease: '',
      root: true,
      line: 'install ip, sshd (Debian’s packages: deb-ip deb-sshd)',
      because: 'nor where a machine does not say what it is',
    },
  ])('$line: $because', ({ osRelease, root, line }) => {
    expect(installLine(missing, { osRelease, root })).toBe(line)
  })

  test('NOT_ID and a commented ID are no ID', () => {
    expect(distributionOf('VARIANT_ID=debian\n#ID=debian\nBUILD_ID=fedora\n')).toBeNull()
  })
})
