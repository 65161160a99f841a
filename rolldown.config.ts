import { defineConfig } from 'rolldown'
import { licenses } from './scripts/licenses.ts'

/** Where to build; the check that dist/ is fresh builds elsewhere. */
const directory = process.env['PLATEAU_DIST'] ?? 'dist'

/** Our own code stays readable in its entry file; vendors lie apart, so that a diff of dist/ shows what we changed. */
export default defineConfig({
  input: { cli: 'src/cli.ts' },
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  plugins: [licenses()],
  output: {
    dir: directory,
    cleanDir: true,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    comments: { legal: false, jsdoc: false },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: 'vendor-http', test: /node_modules[\\/]undici[\\/]/, priority: 5 },
        { name: 'vendor', test: /node_modules[\\/]/, priority: 1 },
      ],
    },
  },
})
