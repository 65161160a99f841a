import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'rolldown'
import type { ChunkingContext, Plugin } from 'rolldown'
import { licenses } from './scripts/licenses.ts'

/** Where to build; the check that dist/ is fresh builds elsewhere. */
const directory = process.env['PLATEAU_DIST'] ?? 'dist'

/** Modules that cost the start of a command what it does not need until its first request: a twelfth of the time. */
const HEAVY = /^(?:node:)?(?:child_process|crypto|http|https|tls|zlib)$/

/**
 * Loads a heavy module of Node for us when one of its functions is first called; what we import besides functions is read from it each time. A class of it may be constructed,
 * but neither extended nor asked for by `instanceof`. An import statement would load it at once and read every export of it: of these that makes Node load all of
 * `fetch` and of WebCrypto, and decode all root certificates. Vendors, which may do anything with it, take it as `require` does.
 */
function loadHeavyModulesLate(): Plugin {
  return {
    name: 'load-heavy-modules-late',
    resolveId: {
      filter: { id: HEAVY },
      handler(id, from, { kind }) {
        if (kind !== 'import-statement') return null
        return `\0${from?.includes('node_modules') === true ? 'required' : 'late'}/${id.replace('node:', '')}`
      },
    },
    load: {
      filter: { id: /^\0(?:required|late)\// },
      handler(id) {
        const [how, name] = id.slice(1).split('/') as [string, string]
        const module = `process.getBuiltinModule('node:${name}')`
        return how === 'required'
          ? `module.exports = ${module}`
          : wrapExports(module, process.getBuiltinModule(`node:${name}`)!)
      },
    },
  }
}

/** Each export, taken where it is used from the module that this expression loads. */
function wrapExports(module: string, exports: object): string {
  const lines = Object.entries(exports).map(([name, value]) => {
    if (typeof value !== 'function')
      return `export const ${name} = /* @__PURE__ */ new Proxy({}, { get: (_, member) => load().${name}[member] })`
    const called = /^[A-Z]/.test(name) ? `new (load().${name})` : `load().${name}`
    return `export function ${name}(...given) { return ${called}(...given) }`
  })
  return ['let loaded', `const load = () => (loaded ??= ${module})`, ...lines].join('\n')
}

/**
 * Escapes what `charset` leaves: a tag may read the raw text of its template, and `String.raw`, the only one here that does, has none of these.
 * One character beyond Latin-1 makes V8 hold the whole file as two bytes a character, twice its size, in every process and thread that loads it.
 */
function escapeTaggedTemplates(): Plugin {
  return {
    name: 'escape-tagged-templates',
    renderChunk: (code) => ({
      code: code.replaceAll(/[^\0-\x7F]/g, (unit) => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
      map: null,
    }),
  }
}

/** Whether a module of ours is one of these, or is imported at once by them or by what they import; without those that have a file of their own. */
function isLoadedBy(...names: readonly string[]): (id: string, context: ChunkingContext) => boolean {
  const roots = names.map((name) => join(import.meta.dirname, 'src', name))
  // A root that has moved would put what it loads into another file, and nothing would fail.
  for (const root of roots) if (!existsSync(root)) throw new Error(`rolldown.config.ts names ${root}, which is no file`)
  let loaded: Set<string> | null = null
  const add = (id: string, context: ChunkingContext, known: Set<string>): void => {
    if (known.has(id) || !id.startsWith(join(import.meta.dirname, 'src'))) return
    known.add(id)
    // A copy, because the list is reused.
    for (const imported of (context.getModuleInfo(id)?.importedIds ?? []).slice()) add(imported, context, known)
  }
  return (id, context) => {
    if (loaded === null) {
      loaded = new Set()
      for (const root of roots) add(root, context, loaded)
    }
    return loaded.has(id) && context.getModuleInfo(id)?.isEntry !== true
  }
}

const isOfThread = isLoadedBy('load/threads/load-thread.ts')
const isOfStart = isLoadedBy('command.ts', 'commands/run.ts')
const isOfHistory = isLoadedBy('report/history-codec.ts', 'gate/recall.ts')
const isOfSweep = isLoadedBy('run/plan-found.ts', 'run/measure.ts', 'shell/dry-run.ts')

/** Our own code stays readable in its entry file; vendors lie apart, so that a diff of dist/ shows what we changed. */
export default defineConfig({
  input: {
    main: 'src/main.ts',
    action: 'src/action.ts',
    report: 'src/report-job.ts',
    simulate: 'src/simulate-action.ts',
    cli: 'src/cli.ts',
    keeper: 'src/serving/keeper.ts',
    truth: 'src/simulator/truth.ts',
    'load-thread': 'src/load/threads/load-thread.ts',
    'parquet-thread': 'src/settings/prompts-file/parquet-thread.ts',
  },
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  plugins: [loadHeavyModulesLate(), escapeTaggedTemplates(), licenses()],
  output: {
    dir: directory,
    cleanDir: true,
    format: 'esm',
    charset: 'ascii',
    entryFileNames: '[name].js',
    chunkFileNames: ({ facadeModuleId }) =>
      /[\\/]src[\\/]commands[\\/]/.test(facadeModuleId ?? '') ? 'command-[name].js' : '[name].js',
    comments: { legal: false, jsdoc: false },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: 'builtins', test: /^\0(?:required|late)/, priority: 6 },
        // Loaded only for what is not timed, and for what goes through a proxy: a process that carries load alone does without it.
        { name: 'vendor-http', test: /node_modules[\\/]undici[\\/]/, priority: 5 },
        {
          name: 'vendor-github',
          test: /node_modules[\\/](@actions[\\/](core|github|http-client|exec|io)|@octokit|before-after-hook|content-type|bottleneck|universal-user-agent|fast-content-type-parse|json-with-bigint|tunnel)[\\/]/,
          priority: 4,
        },
        { name: 'vendor', test: /node_modules[\\/]simple-statistics[\\/]/, priority: 3 },
        // Loaded only for a config file, and for what is read strictly: a history, reports, verdicts.
        { name: 'vendor-yaml', test: /node_modules[\\/]yaml[\\/]/, priority: 3 },
        { name: 'vendor-zod', test: /node_modules[\\/]zod[\\/]/, priority: 3 },
        // All that a thread needs of others.
        { name: 'vendor-measuring', test: /node_modules[\\/]eventsource-parser[\\/]/, priority: 3 },
        { name: 'vendor-late', test: /node_modules[\\/](markdown-table|fflate|d3-[a-z]+|internmap)[\\/]/, priority: 3 },
        // Loaded only for a Parquet file of prompts.
        { name: 'vendor-parquet', test: /node_modules[\\/]hyparquet[\\/]/, priority: 3 },
        // The truth server starts in the time of a few kilobytes.
        { name: 'clock', test: /[\\/]src[\\/]simulator[\\/]clock\.ts/, priority: 2.5 },
        // What several entries share of our own; the command does not load what is GitHub's.
        { name: 'github', test: /[\\/]src[\\/]github[\\/]/, minShareCount: 2, priority: 2 },
        // Loaded only for a config file, without all that is late.
        { name: 'config-file', test: /[\\/]src[\\/]settings[\\/]reading[\\/]config-file\.ts/, priority: 1.8 },
        // Of what a thread that carries load does with, the level, which nobody needs until an endpoint has answered, and the rest; what a run starts with
        // besides, until then; what reads recorded runs, where there are any; what plans and measures; what both of these need; what is loaded when that is
        // done, or for another command.
        {
          name: (id, context) => (isOfThread(id, context) && !isOfStart(id, context) ? 'level' : null),
          debugName: 'level',
          minShareCount: 2,
          priority: 1.71,
        },
        {
          name: (id, context) => (isOfThread(id, context) ? 'measuring' : null),
          debugName: 'measuring',
          priority: 1.7,
        },
        {
          name: (id, context) => (isOfStart(id, context) ? 'plateau' : null),
          debugName: 'plateau',
          minShareCount: 2,
          priority: 1.66,
        },
        {
          name: (id, context) => (isOfSweep(id, context) && isOfHistory(id, context) ? 'figures' : null),
          debugName: 'figures',
          minShareCount: 2,
          priority: 1.65,
        },
        {
          name: (id, context) => (isOfHistory(id, context) ? 'history' : null),
          debugName: 'history',
          minShareCount: 2,
          priority: 1.64,
        },
        {
          name: (id, context) => (isOfSweep(id, context) ? 'sweep' : null),
          debugName: 'sweep',
          minShareCount: 2,
          priority: 1.62,
        },
        { name: 'late', test: /[\\/]src[\\/](?!action\.ts)/, minShareCount: 2, priority: 1.5 },
        // Loaded only when something is uploaded.
        { name: 'vendor-artifact', test: /node_modules[\\/]/, priority: 1 },
      ],
    },
  },
})
