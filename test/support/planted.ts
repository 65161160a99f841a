/** A text in a value, with its path: `levels[0].state`. */
export interface TextAt {
  readonly path: string
  readonly text: string
}

/** Every text in a value; keys are none. */
export function textsIn(value: unknown, path = ''): readonly TextAt[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) =>
    textsIn(member, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
  )
}

/** The value with `secret` in every text that may hold one: where the format still takes it. */
export function plantEverywhere<T>(value: T, secret: string, isTaken: (value: T) => boolean): T {
  return textsIn(value).reduce((planted, { path, text }) => {
    const changed = setText(planted, path, `${text} ${secret}`) as T
    return isTaken(changed) ? changed : planted
  }, value)
}

/** The value with another text at a path of `textsIn`. */
export function setText(value: unknown, path: string, text: string): unknown {
  if (path === '') return text
  const [, key = '', rest = ''] = /^\.?(?:\[(?=\d))?([^.[\]]+)\]?(.*)$/s.exec(path) ?? []
  if (Array.isArray(value)) return value.with(Number(key), setText(value[Number(key)], rest, text))
  return { ...(value as object), [key]: setText((value as Record<string, unknown>)[key], rest, text) }
}
