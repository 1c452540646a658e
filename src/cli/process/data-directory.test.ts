import { expect, test } from 'vitest'
import { dataDirectory } from './data-directory.ts'

test.each<{
  readonly data?: string
  readonly home?: string
  readonly directory: string | undefined
  readonly because: string
}>([
  {
    home: '/home/user',
    directory: '/home/user/.local/share/podpath',
    because: 'the specification’s default',
  },
  { data: '/data', home: '/home/user', directory: '/data/podpath', because: 'the user says where' },
  {
    data: '',
    home: '/home/user',
    directory: '/home/user/.local/share/podpath',
    because: 'empty is as not set',
  },
  {
    data: 'data',
    home: '/home/user',
    directory: '/home/user/.local/share/podpath',
    because: 'what is not absolute is ignored',
  },
  { home: '', directory: undefined, because: 'an empty HOME is none, not the directory one stands in' },
  { home: 'user', directory: undefined, because: 'nor is one that depends on it' },
  { directory: undefined, because: 'there is no home' },
])('podpath keeps its own in $directory: $because', ({ data, home, directory }) => {
  expect(dataDirectory({ environment: data === undefined ? {} : { XDG_DATA_HOME: data }, home })).toBe(
    directory,
  )
})
