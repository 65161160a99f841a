import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'rolldown'

/** A package as its package.json describes it. */
interface Package {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/** Writes `LICENSES.txt` beside the bundle: name, version and licence text of every package that is in it. */
export function licenses(): Plugin {
  return {
    name: 'licenses',
    generateBundle(_, bundle) {
      const folders = new Set<string>()
      for (const output of Object.values(bundle)) {
        if (output.type !== 'chunk') continue
        for (const id of output.moduleIds) if (id.includes('node_modules')) folders.add(packageFolder(id))
      }
      const texts = [...folders].map(describe).sort()
      this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) })
    },
  }
}

/** The folder of the package that a module belongs to: what comes after the last `node_modules`, with its scope. */
function packageFolder(module: string): string {
  const parts = module.replace(/^\0+/, '').replace(/\?.*$/, '').split(/[\\/]/)
  const at = parts.lastIndexOf('node_modules') + 1
  return parts.slice(0, at + (parts[at]!.startsWith('@') ? 2 : 1)).join('/')
}

function readPackage(folder: string): Partial<Package> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<Package>
}

function describe(folder: string): string {
  const { name, version, license } = readPackage(folder)
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  const text =
    file === undefined ? '(the package has no licence file)' : readFileSync(join(folder, file), 'utf8').trim()
  return `${name} ${version}\nLicence: ${license ?? 'not stated'}\n\n${text}\n`
}
