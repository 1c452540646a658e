import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, normalize } from 'node:path'

/** A web server's own page, where it looks for others, and how it calls itself. */
export interface WebSite {
  readonly root: string
  readonly server: string
  /** What it shows at `/` while the root has no index.html. */
  readonly welcome: string
}

/** By the names that PAGE has: the roots and titles are those of the images nginx and httpd. */
export const webSites: Readonly<Record<string, WebSite>> = {
  nginx: {
    root: '/usr/share/nginx/html',
    server: 'nginx',
    welcome:
      '<!DOCTYPE html>\n<html>\n<head><title>Welcome to nginx!</title></head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>This is podpath’s stand-in for it: the lab has no image registry.</p>\n</body>\n</html>\n',
  },
  httpd: {
    root: '/usr/local/apache2/htdocs',
    server: 'Apache',
    welcome: '<html><body><h1>It works!</h1></body></html>\n',
  },
}

export interface WebAnswer {
  readonly status: 200 | 404 | 405
  readonly type: string
  readonly body: Buffer
}

/** Octets of one file; a page of a tutorial has a few thousand. */
const mostFile = 8 * 1024 * 1024
const types: Readonly<Record<string, string>> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  json: 'application/json',
  txt: 'text/plain',
}

/** What a site answers to a request: a file of its root, its own welcome, or that there is none. */
export async function answerOf(
  { root, server, welcome }: WebSite,
  method: string,
  url: string,
): Promise<WebAnswer> {
  const page = (status: WebAnswer['status'], title: string): WebAnswer => ({
    status,
    type: 'text/html',
    body: Buffer.from(
      `<html>\n<head><title>${title}</title></head>\n<body>\n<center><h1>${title}</h1></center>\n<hr><center>${server}</center>\n</body>\n</html>\n`,
    ),
  })
  if (method !== 'GET' && method !== 'HEAD') return page(405, '405 Not Allowed')
  const path = pathOf(url)
  if (path === undefined) return page(404, '404 Not Found')
  const name = path.endsWith('/') ? `${path}index.html` : path
  const body = await fileOf(join(root, name))
  if (body !== undefined)
    return {
      status: 200,
      type: types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      body,
    }
  if (path === '/') return { status: 200, type: 'text/html', body: Buffer.from(welcome) }
  return page(404, '404 Not Found')
}

/** The path of a request's target, which never leads above the root; undefined: it is none. */
function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.split(/[?#]/)[0] ?? '')
    return path.includes('\0') ? undefined : normalize(`/${path}`)
  } catch {
    return undefined
  }
}

async function fileOf(path: string): Promise<Buffer | undefined> {
  try {
    // Not to wait for who writes into a FIFO.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const about = await file.stat()
      return about.isFile() && about.size <= mostFile ? await file.readFile() : undefined
    } finally {
      await file.close()
    }
  } catch {
    return undefined
  }
}
