import type { Plugin } from 'esbuild'

/**
 * Has a library of one function evaluated at its first call and not where it is imported: string-width makes a segmenter of graphemes
 * and tables of Unicode as it is read, which takes 40 to 60 ms of every command's start, and most texts never ask it.
 */
export const lateLibrary = (name: string, root: string): Plugin => ({
  name: `late ${name}`,
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ namespace }) =>
      namespace === 'late' ? undefined : { path: name, namespace: 'late' },
    )
    build.onLoad({ filter: /.*/, namespace: 'late' }, () => ({
      // esbuild wraps what is asked for with `require`, so that it is evaluated when it is.
      contents: `let called; export default (...given) => (called ??= require('${name}').default)(...given)`,
      resolveDir: root,
    }))
  },
})
