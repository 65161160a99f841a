import type { Mutant } from './mutant.ts'

const JOIN = 'test/shards/join-parts.test.ts'
const CODEC = 'test/shards/part-codec.test.ts'
const CHECK = 'test/shards/check-parts.test.ts'
const STEER = 'test/shards/steer.test.ts'
const MEETING = 'test/shards/meeting.test.ts'
const JOBS = 'test/github/shards.test.ts'
const LEGS = 'test/github/report-job/legs.test.ts'

export const SHARD_MUTANTS: readonly Mutant[] = [
  {
    file: 'src/github/action.ts',
    find: 'if (shard !== null && shard.number > 1) return await measureOtherShard',
    replace: 'if (shard === undefined) return await measureOtherShard',
    breaks: 'Only the first shard of a job has the gate',
    test: JOBS,
  },
  {
    file: 'src/github/action.ts',
    find: 'if (shard !== null && shard.number > 1) return leaveToFirst',
    replace: 'if (shard === undefined) return leaveToFirst',
    breaks: 'Shards that are skipped do not take the same artifact',
    test: JOBS,
  },
  {
    file: 'src/github/job/inputs.ts',
    find: '...(shard === null ? readMatrixValues(matrixJson) : [])',
    replace: '...readMatrixValues(matrixJson)',
    breaks: 'All shards of a job have one name',
    test: JOBS,
  },
  {
    file: 'src/github/shards.ts',
    find: 'strip: isReduced(settings, job) ?',
    replace: 'strip: settings.defer ?',
    breaks: 'The part of a public repository does not tell its address',
    test: JOBS,
  },
  {
    file: 'src/github/artifacts/run-artifacts.ts',
    find: 'if (digest !== artifact.digest) throw',
    replace: 'if (digest === null) throw',
    breaks: 'A part whose bytes are not those that GitHub took is refused',
    test: JOBS,
  },
  {
    file: 'src/github/report-job/legs.ts',
    find: 'return silent.length > spokenFor ? silent : []',
    replace: 'return spokenFor > 0 ? [] : silent',
    breaks: 'More jobs than the shards of a run are missing even where their first speaks',
    test: LEGS,
  },
  {
    file: 'src/github/report-job/legs.ts',
    find: 'green.length - left.size - refused.length - spokenFor',
    replace: 'green.length - left.size - refused.length',
    breaks: 'The first shard of a run speaks for all in the report job',
    test: LEGS,
  },
  {
    file: 'src/shards/join-parts.ts',
    find: 'window: all.every((each) => each.window !== null) ? window : null,',
    replace: 'window,',
    breaks: 'A level has a window only where it has one in every shard',
    test: JOIN,
  },
  {
    file: 'src/shards/part-codec.ts',
    find: 'if (crc32(idBytes, crc32(numberBytes)) !== share.checksum)',
    replace: 'if (crc32(idBytes) === share.checksum)',
    breaks: 'A part of which a byte was changed is refused',
    test: CODEC,
  },
  {
    file: 'src/shards/part-codec.ts',
    find: 'if (offsets.end !== bytes.size)',
    replace: 'if (offsets.end < bytes.size)',
    breaks: 'A part that was cut is refused',
    test: CODEC,
  },
  {
    file: 'src/shards/terms.ts',
    find: 'slo: slo === null ? NONE : renderObjectives(slo),',
    replace: 'slo: JSON.stringify(slo),',
    breaks: 'What shards were told differently is said in the words of its setting',
    test: 'test/shards/terms.test.ts',
  },
  {
    file: 'src/shards/check-parts.ts',
    find: 'for (const term of new Set(parts.flatMap(({ header }) => Object.keys(header.terms)))) {',
    replace: 'for (const term of Object.keys(header.terms)) {',
    breaks: 'A shard that was not told what all others were is foreign, too',
    test: CHECK,
  },
  {
    file: 'src/shards/check-parts.ts',
    find: 'return [...findDoubled(parts), ...findMissing(parts, count), ...findUnlike(parts)]',
    replace: 'return [...findDoubled(parts), ...findUnlike(parts)]',
    breaks: 'A missing shard makes no smaller run',
    test: CHECK,
  },
  {
    file: 'src/shards/check-parts.ts',
    find: 'return [...findDoubled(parts), ...findMissing(parts, count), ...findUnlike(parts)]',
    replace: 'return [...findMissing(parts, count), ...findUnlike(parts)]',
    breaks: 'A shard that is there twice is named',
    test: CHECK,
  },
  {
    file: 'src/shards/check-parts.ts',
    find: 'if (value !== others) return',
    replace: 'if (value === null) return',
    breaks: 'A shard that was told other settings is named',
    test: CHECK,
  },
  {
    file: 'src/shards/steer.ts',
    find: 'return window.endAt !== null && values.countedOpen === 0',
    replace: 'return window.endAt !== null',
    breaks: 'All shards keep the load on until the last counted request of all has ended',
    test: STEER,
  },
  {
    file: 'src/shards/steer.ts',
    find: 'held: marks!.every(({ value }) => value.held),',
    replace: 'held: end.held,',
    breaks: 'All shards measure the same levels, also where one did not hold one',
    test: STEER,
  },
  {
    file: 'src/load/board.ts',
    find: ' || at < cells.startAt) return',
    replace: ') return',
    breaks: 'What starts before the moment that shards agreed on is warm-up',
    test: 'test/load/board.test.ts',
  },
  {
    file: 'src/shards/meeting.ts',
    find: 'missing = numbers.filter((number) => ids[number - 1] !== id)',
    replace: 'missing = numbers.filter((number) => ids[number - 1] === null)',
    breaks: 'Marks of an earlier run are not taken for those of this one',
    test: MEETING,
  },
  {
    file: 'src/shards/meeting.ts',
    find: 'if (nonces[shard.number - 1] !== nonce)',
    replace: 'if (nonces[shard.number - 1] === null)',
    breaks: 'A second process with the number of another is refused',
    test: MEETING,
  },
  {
    file: 'src/shards/meeting.ts',
    find: 'gone: this.#ports.redact(why) }',
    replace: 'gone: why }',
    breaks: 'What a shard leaves for the others holds no secret',
    test: STEER,
  },
  {
    file: 'src/shards/meeting.ts',
    find: 'clock.now() - cameAt > timeoutMs',
    replace: 'clock.now() - cameAt > timeoutMs / 10',
    breaks: 'A shard without load waits for those whose answers are long',
    test: MEETING,
  },
  {
    file: 'src/shards/marks.ts',
    find: 'const standing: z.ZodType<Standing> = z.object({ stopped })',
    replace: 'const standing: z.ZodType<Standing> = z.any()',
    breaks: 'A mark that says something else than its step is named with its shard',
    test: MEETING,
  },
  {
    file: 'src/shards/meeting.ts',
    find: 'mark.at > this.now() + MOST_EARLY_MS',
    replace: 'mark.at > Infinity',
    breaks: 'Nobody waits for a moment that a mark puts into the far future',
    test: MEETING,
  },
  {
    file: 'src/shards/clocks.ts',
    find: 'offsetMs: (least + most) / 2,',
    replace: 'offsetMs: most,',
    breaks: 'The offset of a clock lies in the middle of its bounds',
    test: MEETING,
  },
]
