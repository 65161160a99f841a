import type { Plan } from '../plan/plan.ts'
import { formatAbout, formatDuration } from '../render/format.ts'
import type { Settings } from '../settings.ts'
import { sum } from '../stats/mean.ts'
import { pluralise } from '../text.ts'
import { isInSessions } from './measured.ts'

/**
 * That a second look may follow, and how much longer the run then takes at most: the pause, and its passes over all
 * levels, or as many as the plan takes for those that are still to be found. Null where none would: it is not wanted, or
 * another session stands for it.
 */
export function describeSecondLook(
  { ladder, sides, secondsOf }: Pick<Plan, 'ladder' | 'sides' | 'secondsOf'>,
  settings: Settings,
): string | null {
  const { confirm, pauseMs, controlTiming } = settings
  if (confirm === 0 || isInSessions(settings)) return null
  const turns = sides === 2 && controlTiming === 'turns' ? 2 : 1
  const seconds = pauseMs / 1000 + confirm * turns * sum(ladder.levels.map(secondsOf))
  const assumed = ladder.search == null ? '' : `, for ${pluralise(ladder.levels.length, 'level')}`
  return `what looks worse is measured again (${pluralise(confirm, 'fresh pass', 'fresh passes')} over it, after a pause of ${formatDuration(pauseMs / 1000)}): then ${formatAbout(seconds)} more at most${assumed}`
}
