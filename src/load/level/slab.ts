/** The most records of a slab. */
export const ROWS = 1024

/** The numbers and ids of some records, column by column. It is data that can pass between threads; the buffers of its columns can be transferred. */
export interface Slab {
  /** At least one. */
  readonly rows: number
  /** The numbers of one fact each: one where it is the same in all rows, else one a row. */
  readonly columns: readonly (number | Column)[]
  /** The ids of its rows, one after another, as JSON: a text takes a third of the memory of one text each. */
  readonly ids: string
}

type Column = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>

/** Ids of records, as many of each. */
export type Ids = readonly (string | null)[]

/** A slab that is being filled. */
export interface OpenSlab {
  readonly rows: number
  /** Adds a record, by its number in each column. There must be room for it. */
  add(numberIn: (column: number) => number, ids: Ids): void
  /** What it holds, in the least memory without a loss. It must not be empty; more can be added afterwards. */
  seal(): Slab
  /** Empties it. Slabs that were made of it stay. */
  clear(): void
}

/** Creates an empty slab for records of so many numbers. */
export function openSlab(width: number): OpenSlab {
  const numbers = new Float64Array(width * ROWS)
  let ids: (string | null)[] = []
  let rows = 0
  return {
    get rows() {
      return rows
    },
    add(numberIn, idsOfRecord) {
      for (let column = 0; column < width; column++) numbers[column * ROWS + rows] = numberIn(column)
      ids.push(...idsOfRecord)
      rows++
    },
    seal: () => ({ rows, columns: compress(numbers, width, rows), ids: JSON.stringify(ids) }),
    clear() {
      ids = []
      rows = 0
    },
  }
}

/** How a column is kept: one number for all rows, or an array of this kind. */
type Form = 'same' | 'short' | 'long'

const BYTES: Readonly<Record<Form, number>> = { same: 0, short: 4, long: 8 }

/** Columns of ROWS numbers, shortened to `rows`, in one buffer. Most facts are the same in all records of a slab, and counts are as exact in half the bytes. */
function compress(numbers: Float64Array, width: number, rows: number): Slab['columns'] {
  const whole = Array.from({ length: width }, (_, column) => numbers.subarray(column * ROWS, column * ROWS + rows))
  const forms = whole.map(chooseForm)
  const buffer = new ArrayBuffer(rows * forms.reduce((sum, form) => sum + BYTES[form], 0))
  const columns: (number | Column)[] = whole.map((column) => column[0]!)
  let offset = 0
  // An array must begin at a multiple of its numbers' bytes, so the long ones come first.
  for (const wanted of ['long', 'short'] as const) {
    for (const [i, form] of forms.entries()) {
      if (form !== wanted) continue
      const column = form === 'long' ? new Float64Array(buffer, offset, rows) : new Float32Array(buffer, offset, rows)
      column.set(whole[i]!)
      columns[i] = column
      offset += column.byteLength
    }
  }
  return columns
}

/** NaN and -0 are numbers like others. */
function chooseForm(column: Float64Array): Form {
  const [first] = column
  if (column.every((number) => Object.is(number, first))) return 'same'
  return column.every((number) => Object.is(number, Math.fround(number))) ? 'short' : 'long'
}

/** The number of a row in a column. */
export function readNumber({ columns }: Slab, column: number, row: number): number {
  const numbers = columns[column]!
  return typeof numbers === 'number' ? numbers : numbers[row]!
}

/** The ids of all rows. */
export function readIds({ ids }: Slab): Ids {
  return JSON.parse(ids) as Ids
}
