/** Turns what one version wrote into what the next version writes. */
export type Migration = (value: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

/** A format by its name and version, for example `plateau/history@1`, and how to come from each older version to the next. */
export interface VersionedFormat {
  readonly current: string
  /** By the version that they turn from. */
  readonly migrations: Readonly<Record<number, Migration>>
  /** What is thrown for a newer version. */
  readonly error: new (message: string) => Error
}

/**
 * Brings a value of an older version up to the current one, step by step. What is not of this format at all is returned
 * as it is: the schema says what is wrong with it.
 *
 * @throws `error` for a newer version, which this one cannot know.
 */
export function migrate(value: unknown, { current, migrations, error: NewerError }: VersionedFormat): unknown {
  const [format, wanted] = current.split('@') as [string, string]
  let migrated = value
  for (;;) {
    const version = versionOf(migrated, format)
    if (version === null || version === Number(wanted)) return migrated
    if (version > Number(wanted)) {
      throw new NewerError(`schema: is ${format}@${version}, which a newer version of Plateau wrote; update Plateau`)
    }
    const migration = migrations[version]
    if (migration === undefined) return migrated
    migrated = { ...migration(migrated as Record<string, unknown>), schema: `${format}@${version + 1}` }
  }
}

/** The version of a value of this format; null for anything else. */
function versionOf(value: unknown, format: string): number | null {
  if (value === null || typeof value !== 'object' || !('schema' in value)) return null
  const [, version] = (typeof value.schema === 'string' && /@(\d{1,6})$/.exec(value.schema)) || []
  return version !== undefined && value.schema === `${format}@${version}` ? Number(version) : null
}
