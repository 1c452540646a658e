import { describe, expect, test } from 'vitest'
import { groupPlaces } from './group-place.ts'

const unified =
  '29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n'
const legacy = (controller: string, root = '/'): string =>
  `40 39 0:30 ${root} /sys/fs/cgroup/${controller} rw,relatime - cgroup cgroup rw,${controller}\n`
const all = (directory: string) => ({ memory: directory, pids: directory, cpu: directory })

describe('where a lab’s control groups may be made', () => {
  test('version 2: beside the own group, or above that', () => {
    expect(
      groupPlaces(unified, '0::/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope\n').map(
        ({ version, parents }) => [version, parents.memory],
      ),
    ).toEqual([
      [2, '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice'],
      [2, '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service'],
      [2, '/sys/fs/cgroup/user.slice/user-1000.slice'],
      [2, '/sys/fs/cgroup/user.slice'],
      [2, '/sys/fs/cgroup'],
    ])
  })

  test.each([
    {
      because: 'the top itself',
      mounts: unified,
      own: '0::/\n',
      places: [{ version: 2, parents: all('/sys/fs/cgroup') }],
    },
    {
      because: 'version 1: below the own group of each controller',
      mounts: legacy('memory') + legacy('pids') + legacy('cpu,cpuacct') + unified,
      own: '9:memory:/a/b\n8:pids:/\n1:cpu,cpuacct:/c\n0::/\n',
      places: [
        {
          version: 1,
          parents: {
            memory: '/sys/fs/cgroup/memory/a/b',
            pids: '/sys/fs/cgroup/pids',
            cpu: '/sys/fs/cgroup/cpu,cpuacct/c',
          },
        },
      ],
    },
    {
      because: 'a container sees a part of the hierarchy at its top',
      mounts: legacy('memory', '/docker/1f') + legacy('pids', '/docker/1f'),
      own: '9:memory:/docker/1f\n8:pids:/docker/1f/x\n',
      places: [{ version: 1, parents: { memory: '/sys/fs/cgroup/memory', pids: '/sys/fs/cgroup/pids/x' } }],
    },
    {
      because: 'what lies outside of the own namespace is nowhere',
      mounts: unified,
      own: '0::/../other\n',
      places: [],
    },
    { because: 'nothing is mounted', mounts: '', own: '0::/\n', places: [] },
  ])('$because', ({ mounts, own, places }) => {
    expect(groupPlaces(mounts, own)).toEqual(places)
  })
})
