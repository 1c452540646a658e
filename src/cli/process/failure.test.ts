import { describe, expect, test } from 'vitest'
import { catalogue } from '../../i18n/catalogues.ts'
import { languages } from '../../i18n/language.ts'
import { LabError } from '../../lab/daemon/lab-error.ts'
import { describeFailure, unwritable, UsageError } from './failure.ts'
import { wholeNumber } from '../options/number.ts'

const systemError = (code: string): Error => Object.assign(new Error(`${code}: as Node says it`), { code })

const thrown = (body: () => unknown): unknown => {
  try {
    body()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('what went wrong is said in the reader’s language', () => {
  test.each<{
    readonly because: string
    readonly error: unknown
    readonly en: string
    readonly ko: string
    readonly status: number
  }>([
    {
      because: 'a wrong number is the caller’s',
      error: thrown(() => wholeNumber('--nodes', '65', 1, 64)),
      en: 'podpath: --nodes 65: give a whole number from 1 to 64',
      ko: 'podpath: --nodes 65: 1 이상 64 이하의 정수를 지정하세요',
      status: 2,
    },
    {
      because: 'so are two options that contradict each other',
      error: new UsageError((usage) => usage.contradict('--json', '--output svg')),
      en: 'podpath: --json and --output svg contradict each other: give one of them',
      ko: 'podpath: --json, --output svg 옵션은 서로 모순됩니다. 하나만 지정하세요',
      status: 2,
    },
    {
      because: 'a path that leads nowhere is the caller’s',
      error: unwritable('--out /no/where', systemError('ENOENT')),
      en: 'podpath: --out /no/where: no such file or directory',
      ko: 'podpath: --out /no/where: 파일이나 디렉터리가 없습니다',
      status: 2,
    },
    {
      because: 'a full disk is the machine’s',
      error: unwritable('--out report.md', systemError('ENOSPC')),
      en: 'podpath: --out report.md: no space left on device',
      ko: 'podpath: --out report.md: 저장 공간이 없습니다',
      status: 3,
    },
    {
      because: 'what the system seldom says is told as it says it',
      error: unwritable('--out report.md', systemError('EXDEV')),
      en: 'podpath: --out report.md: cross-device link not permitted',
      ko: 'podpath: --out report.md: cross-device link not permitted',
      status: 2,
    },
    {
      because: 'a lab that could not be built is the machine’s',
      error: new LabError({ kind: 'not-built', because: 'nft exited 1' }),
      en: 'podpath: the lab could not be built: nft exited 1',
      ko: 'podpath: 실습 환경을 만들지 못했습니다: nft exited 1',
      status: 3,
    },
    {
      because: 'a fault that EC2 knows nothing for is the lab’s',
      error: new LabError({ kind: 'no-network-acl', subnet: 'subnet-1' }),
      en: 'podpath: subnet subnet-1 has no network ACL',
      ko: 'podpath: subnet-1 서브넷에 네트워크 ACL이 없습니다',
      status: 3,
    },
  ])('$en: $because', ({ error, en, ko, status }) => {
    expect(describeFailure(error, catalogue('en'))).toEqual({ line: en, status })
    expect(describeFailure(error, catalogue('ko'))).toEqual({ line: ko, status })
  })

  test.each(languages)('is one line without controls, in %s', (language) => {
    const error = new LabError({ kind: 'not-built', because: 'one\ntwo\u001b[2J' })
    expect(describeFailure(error, catalogue(language))?.line).not.toMatch(/[\u0000-\u001f]/)
  })
})
