import { dirname, join } from 'node:path/posix'
import { expect, test } from 'vitest'
import { namesIn } from './reached.ts'
import { edit, readSources } from './sources.ts'
import type { Sources } from './sources.ts'

/** What may be written in `render/view/`, which must not reach what escapes in `text.ts`. */
const FOR_VIEWS = 'words/format.ts'

/** A name that a file takes from another, or hands on as if it were its own. */
interface Passage {
  readonly by: string
  readonly name: string
  readonly from: string
}

/** All names that files hand on, or take, of each other. */
function listPassages(sources: Sources, kind: 'import' | 'export'): readonly Passage[] {
  return [...sources].flatMap(([by, text]) =>
    [...text.matchAll(new RegExp(`^${kind} (?:type )?\\{([^}]*)\\} from '(\\.[^']*)'`, 'gm'))].flatMap(
      ([, names, from]) => namesIn(names!).map(([name]) => ({ by, name, from: join(dirname(by), from!) })),
    ),
  )
}

/** Who takes a name from where it stands although its room hands it on under another address. */
function findSecondAddresses(sources: Sources): readonly string[] {
  const taken = listPassages(sources, 'import')
  const handedOn = listPassages(sources, 'export').filter(({ by }) => by !== FOR_VIEWS)
  return handedOn.flatMap(({ by, name, from }) =>
    taken
      .filter((one) => one.name === name && one.from === from && one.by !== by)
      .filter((one) => !one.by.startsWith(`${dirname(from)}/`))
      .map((one) => `${one.by} takes ${name} from ${from}, and others from ${by}`),
  )
}

test('what a file hands on has one address outside the room in which it stands', () => {
  expect(findSecondAddresses(readSources())).toEqual([])
})

test('a second address is found', () => {
  const handing = edit(
    readSources(),
    'action.ts',
    "import { startStep } from './github/step.ts'",
    "import { startStep } from './github/step.ts'\nexport type { StepPorts } from './github/step.ts'",
  )
  const both = edit(
    handing,
    'report-job.ts',
    'import { startStep }',
    "import type { StepPorts } from './github/step.ts'\nimport { startStep }",
  )
  expect(findSecondAddresses(both)).toEqual([
    'report-job.ts takes StepPorts from github/step.ts, and others from action.ts',
  ])
})
