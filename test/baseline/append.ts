/** A process of its own that adds runs to a history file: `node append.ts PATH FIRST COUNT`. */
import { createFileStore } from '../../src/baseline/file-store.ts'
import { anEntry } from '../report/history-builders.ts'
import { PATIENT } from './lock-clocks.ts'

const [path, first, count] = process.argv.slice(2)
const store = createFileStore({ path: path!, keep: 400, clock: PATIENT })
process.stdout.write('ready\n')
for (let day = Number(first); day < Number(first) + Number(count); day++) await store.save([anEntry(day)])
