import { describe, expect, test } from 'vitest'
import { parseYaml } from './parse-yaml.ts'
import { yamlExcess } from './yaml-excess.ts'

describe('what the parser would take gigabytes or minutes for', () => {
  test.each([
    {
      because: 'lists that begin and never end',
      text: 'a: ' + '['.repeat(500_000),
      says: /more than 100 deep/,
    },
    {
      because: 'entries of entries on one line',
      text: '- '.repeat(500_000) + 'a',
      says: /more than 100 deep/,
    },
    { because: 'keys of keys', text: '? '.repeat(500_000), says: /more than 100 deep/ },
    {
      because: 'very many empty lists',
      text: `[${'[],'.repeat(200_000)}]`,
      says: /more than 40,000 entries/,
    },
    {
      because: 'very many names',
      text: Array.from({ length: 100_000 }, (_, i) => `k${i}:`).join('\n'),
      says: /more than 40,000 entries/,
    },
    { because: 'lines without end', text: '# x\n'.repeat(100_000), says: /more than 40,000 entries/ },
  ])('$because', ({ text, says }) => {
    expect(yamlExcess(text)).toMatch(says)
  })
})

test('a kubeconfig of six hundred clusters is read', () => {
  const pem = 'LS0t'.repeat(400)
  const entries = (one: (i: number) => string): string =>
    Array.from({ length: 600 }, (_, i) => one(i)).join('')
  const text = `apiVersion: v1
kind: Config
current-context: c7
clusters:
${entries((i) => `- name: c${i}\n  cluster:\n    server: https://c${i}.example\n    certificate-authority-data: ${pem}\n`)}contexts:
${entries((i) => `- context:\n    cluster: c${i}\n    user: u${i}\n  name: c${i}\n`)}users:
${entries((i) => `- name: u${i}\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: aws\n      args: [eks, get-token, --cluster-name, c${i}]\n`)}`
  expect(yamlExcess(text)).toBeNull()
  expect(parseYaml(text)).toMatchObject({ 'current-context': 'c7' })
})

test('aliases of aliases are refused by the parser', () => {
  const levels = Array.from({ length: 12 }, (_, i) =>
    i === 0
      ? 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'
      : `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
  )
  const text = levels.join('\n')
  expect(yamlExcess(text)).toBeNull()
  expect(() => parseYaml(text)).toThrow(/alias/)
})
