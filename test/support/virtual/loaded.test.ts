import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

/** Statements that load a module at once; those of types and `import()` do not. */
const LOADS = /^(?:import|export)\b(?!\s+type\b)[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm

test.each(['command.ts', 'wired-command.ts', 'standing-system.ts', 'action.ts'])(
  '%s, which is started hundreds of times, loads no package: the built program that it runs has its own',
  (name) => {
    const entry = join(import.meta.dirname, name)
    const files = new Set([entry])
    const packages = new Set<string>()
    for (const file of files) {
      for (const [, module] of readFileSync(file, 'utf8').matchAll(LOADS)) {
        if (module!.startsWith('.')) files.add(join(dirname(file), module!))
        else if (!module!.startsWith('node:')) packages.add(`${module} by ${file}`)
      }
    }
    expect([...packages]).toEqual([])
  },
)
