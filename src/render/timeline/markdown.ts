import type { Timeline } from '../../verdict/timeline.ts'
import { fitBudget, foldBlocks, layMarkdownList, layMarkdownTable, SUMMARY_ROOM, writeMarkdown } from '../markdown.ts'
import { dropAbsent } from '../sentences.ts'
import type { Sentence } from '../sentences.ts'
import { viewTimeline } from './timeline.ts'

/** The recorded runs of a name over months as GitHub's Markdown, newest first; ends with a line break. */
export function renderTimelineMarkdown(timeline: Timeline): string {
  const view = viewTimeline(timeline)
  const reverseRows = <T>(rows: readonly T[]): readonly T[] => rows.toReversed()
  return fitBudget((most) => {
    const list = (heading: string, sentences: readonly Sentence[]): string[] => {
      const shown = layMarkdownList(reverseRows(sentences), most)
      return shown === null ? [] : [`**${heading}**`, shown]
    }
    const runs = layMarkdownTable({ ...view.runs, rows: reverseRows(view.runs.rows) }, most)
    return `${dropAbsent([
      `### ${writeMarkdown(view.name)}`,
      ...view.facts.map((fact) => writeMarkdown(fact)),
      layMarkdownTable(view.now, most),
      writeMarkdown(view.nowNote),
      ...list('Steps of main', view.steps),
      ...list('Accepted', view.accepted),
      ...list('Releases', view.releases),
      ...list('Gaps', view.gaps),
      ...(view.versions === null
        ? []
        : ['**Models and servers**', layMarkdownTable(view.versions.table, most), view.versions.note]),
      runs === null ? null : foldBlocks('Runs', [runs]),
    ]).join('\n\n')}\n`
  }, SUMMARY_ROOM)
}
