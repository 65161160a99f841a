import type { Mutant } from './mutant.ts'

const JOIN = 'test/shards/join-parts.test.ts'
const CODEC = 'test/shards/part-codec.test.ts'
const CHECK = 'test/shards/check-parts.test.ts'

export const SHARD_MUTANTS: readonly Mutant[] = [
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
]
