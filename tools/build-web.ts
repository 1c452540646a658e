import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { build } from 'vite'

/** Builds the web page of `podpath ui` into a directory, which is emptied first. */
export async function buildWeb(root: string, directory: string): Promise<void> {
  await build({
    configFile: false,
    root: join(root, 'web'),
    base: './',
    logLevel: 'warn',
    plugins: [react()],
    build: {
      outDir: directory,
      emptyOutDir: true,
      target: 'es2022',
      // Inlined files would be data: addresses, which the page's policy forbids for scripts and styles.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  })
}
