import { defineConfig } from 'rolldown'
import licensePlugin from 'rollup-plugin-license'
import type { Plugin } from 'rolldown'

// The package is CommonJS with ESM types: what the import really gives is the function itself.
const license = licensePlugin as unknown as (options: { thirdParty: { output: string } }) => Plugin

/** Where to build; the check that dist/ is fresh builds elsewhere. */
const directory = process.env['PLATEAU_DIST'] ?? 'dist'

/** Our own code stays readable in its entry file; vendors lie apart, so that a diff of dist/ shows what we changed. */
export default defineConfig({
  input: { cli: 'src/cli.ts' },
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  plugins: [license({ thirdParty: { output: `${directory}/LICENSES.txt` } })],
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
