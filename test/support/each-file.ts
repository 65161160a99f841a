/** Runs before every test file, also before one whose worker has run others: they share modules, and so what is to be undone. */
import { afterAll } from 'vitest'
import { undoAll } from './cleanup.ts'

afterAll(undoAll)
