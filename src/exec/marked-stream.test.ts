import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { MarkedStream, type Mark } from './marked-stream.ts'

const nonce = '0123456789abcdef'

/** What comes out of a stream that comes in these pieces. */
function read(pieces: readonly (string | Buffer)[]): {
  readonly marks: readonly Mark[]
  readonly data: string
  readonly preamble: string
} {
  const marks: Mark[] = []
  const data: Buffer[] = []
  const stream = new MarkedStream(nonce, {
    onMark: (mark) => marks.push(mark),
    onData: (octets) => data.push(Buffer.from(octets)),
  })
  for (const piece of pieces) stream.write(Buffer.from(piece))
  stream.end()
  return { marks, data: Buffer.concat(data).toString('latin1'), preamble: stream.preamble }
}

const output = `#podpath ${nonce} output\n`
const began = `#podpath ${nonce} began 41 -40 99\n`
const ended = (status: number): string => `#podpath ${nonce} ended ${status}\n`

describe('our lines are taken out', () => {
  test.each([
    {
      text: `${output}hello\n`,
      data: 'hello\n',
      marks: [{ kind: 'output' }],
      because: 'what follows is the command’s',
    },
    {
      text: `Welcome!\n${began}words\n${ended(3)}`,
      data: 'words\n',
      marks: [
        { kind: 'began', process: { pid: '41', target: '-40', born: '99' } },
        { kind: 'ended', status: 3 },
      ],
      because: 'a banner is not the command’s',
    },
    {
      text: `${began}no newline${ended(0)}`,
      data: 'no newline',
      marks: [
        { kind: 'began', process: { pid: '41', target: '-40', born: '99' } },
        { kind: 'ended', status: 0 },
      ],
      because: 'a command need not end its line',
    },
    {
      text: `${output}#podpath fedcba9876543210 ended 0\n#podpath ${nonce} sings\n`,
      data: `#podpath fedcba9876543210 ended 0\n#podpath ${nonce} sings\n`,
      marks: [{ kind: 'output' }],
      because: 'another nonce and another word are not ours',
    },
    {
      text: `${began}${ended(0)}Connection to 10.0.0.1 closed.\n`,
      data: '',
      marks: [
        { kind: 'began', process: { pid: '41', target: '-40', born: '99' } },
        { kind: 'ended', status: 0 },
      ],
      because: 'ssh may have the last word',
    },
  ])('$because', ({ text, data, marks }) => {
    expect(read([text])).toMatchObject({ data, marks })
    expect(read([...text])).toMatchObject({ data, marks })
  })

  test('without a mark, everything is somebody else’s complaint', () => {
    expect(read(['Permission denied (publickey).\n', '#podpath 0123'])).toEqual({
      marks: [],
      data: '',
      preamble: 'Permission denied (publickey).\n#podpath 0123',
    })
  })
})

test.prop([fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(350), { maxLength: 8 })])(
  'any octets come through as they were, cut anywhere',
  (octets, cuts) => {
    const all = Buffer.concat([Buffer.from(output), octets])
    const at = [0, ...cuts.filter((cut) => cut < all.length).toSorted((a, b) => a - b), all.length]
    const pieces = at.slice(1).map((end, i) => all.subarray(at[i], end))
    expect(read(pieces).data).toBe(Buffer.from(octets).toString('latin1'))
  },
)
