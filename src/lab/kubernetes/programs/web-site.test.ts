import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { answerOf } from './web-site.ts'

const root = mkdtempSync(join(tmpdir(), 'podpath-site-'))
mkdirSync(join(root, 'html/sub'), { recursive: true })
writeFileSync(join(root, 'secret'), 'not served')
writeFileSync(join(root, 'html/a.txt'), 'text')
writeFileSync(join(root, 'html/sub/index.html'), '<p>sub')
execFileSync('mkfifo', [join(root, 'html/fifo')])
afterAll(() => rmSync(root, { recursive: true }))
const site = { root: join(root, 'html'), server: 'nginx', welcome: 'Welcome' }

test.each([
  {
    url: '/',
    status: 200,
    type: 'text/html',
    says: 'Welcome',
    because: 'its own page, while there is no other',
  },
  { url: '/a.txt?x=1', status: 200, type: 'text/plain', says: 'text', because: 'a file' },
  { url: '/sub/', status: 200, type: 'text/html', says: '<p>sub', because: 'a folder’s page' },
  { url: '/none', status: 404, type: 'text/html', says: '404 Not Found', because: 'there is none' },
  { url: '/sub', status: 404, type: 'text/html', says: '404', because: 'a folder is no file' },
  { url: '/../secret', status: 404, type: 'text/html', says: '404', because: 'nothing above the root' },
  { url: '/%2e%2e/secret', status: 404, type: 'text/html', says: '404', because: 'nor by another spelling' },
  { url: '/%', status: 404, type: 'text/html', says: '404', because: 'no spelling at all' },
  { url: '/a%00', status: 404, type: 'text/html', says: '404', because: 'no name of a file' },
  {
    url: '/fifo',
    status: 404,
    type: 'text/html',
    says: '404',
    because: 'nobody waits for who writes into it',
  },
])('$url: $because', async ({ url, status, type, says }) => {
  const answer = await answerOf(site, 'GET', url)
  expect(answer).toMatchObject({ status, type })
  expect(answer.body.toString()).toContain(says)
})

test('what is not asked for is not done', async () => {
  expect((await answerOf(site, 'DELETE', '/a.txt')).status).toBe(405)
})
