/** How the cells of a column stand. */
export interface Column {
  readonly heading: string
  readonly align: 'left' | 'right'
}

/** Lines of a plain text table: columns as wide as they need, two spaces between them, no rules. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ heading }, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)))
  return [columns.map(({ heading }) => heading), ...rows].map((row) =>
    row
      .map((cell, i) => (columns[i]!.align === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
}

/** Breaks a paragraph into lines of at most `width` characters; all but the first, which keeps its own, are indented. */
export function wrap(text: string, { width = 80, indent = 0 }: { width?: number; indent?: number } = {}): string[] {
  const words = text.trimStart().split(' ')
  const lines = [text.slice(0, text.length - text.trimStart().length) + words[0]!]
  for (const word of words.slice(1)) {
    const longer = `${lines.at(-1)!} ${word}`
    if (longer.length <= width) lines[lines.length - 1] = longer
    else lines.push(' '.repeat(indent) + word)
  }
  return lines
}
