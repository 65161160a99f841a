import { defineConfig } from 'rolldown'
import { default as license } from 'rollup-plugin-license'

/** Our own code stays readable in its entry file; vendors lie apart, so that a diff of dist/ shows what we changed. */
export default defineConfig({
  input: { cli: 'src/cli.ts' },
  platform: 'node',
  plugins: [license({ thirdParty: { output: 'dist/LICENSES.txt' } })],
  output: {
    dir: 'dist',
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
