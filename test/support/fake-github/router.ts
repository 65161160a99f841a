import type { paths } from '@octokit/openapi-types'
import type { ApiPath, ResponseBody } from './schema.ts'
import type { Permissions, State, Token } from './state.ts'

/** One request to the API. */
export interface Call {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
  readonly accept: string
  readonly token: Token
  /** The page of these that is asked for, as `per_page` and `page` say; the link to the next goes into the headers. */
  page<Item>(items: readonly Item[]): Item[]
}

/** What the API answers: JSON of the published type, a refusal, or bytes. */
export type Reply<Body> =
  | { readonly status: 200 | 201; readonly body: Body }
  | {
      readonly status: 400 | 401 | 403 | 404 | 410 | 422 | 429
      readonly message: string
      readonly errors?: readonly unknown[]
    }
  | { readonly status: 204 }
  | { readonly status: 302; readonly location: string }
  | { readonly status: 200; readonly bytes: Uint8Array; readonly contentType: string }

/** A permission that a route needs, for example `actions:read`; one of several is enough. */
export type Need = `${keyof Permissions}:${'read' | 'write'}`

export interface Route {
  readonly method: string
  readonly path: string
  readonly pattern: RegExp
  readonly names: readonly string[]
  readonly needs: readonly Need[]
  readonly answer: (call: Call, state: State) => Reply<unknown>
}

/** Names in paths whose values may hold slashes. */
const LONG = new Set(['path', 'ref', 'basehead'])

/** A route of GitHub's published description: what it answers is checked against that by the compiler. */
export function on<Path extends ApiPath, Method extends keyof paths[Path] & ('get' | 'post' | 'patch' | 'delete')>(
  method: Method,
  path: Path,
  needs: readonly Need[],
  answer: (call: Call, state: State) => Reply<ResponseBody<Path, Method, 200> | ResponseBody<Path, Method, 201>>,
): Route {
  const names: string[] = []
  const pattern = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    names.push(name)
    return LONG.has(name) ? '(.+)' : '([^/]+)'
  })
  return { method: method.toUpperCase(), path, pattern: new RegExp(`^${pattern}$`), names, needs, answer }
}

/** The route of a request and the values in its path; null when there is none. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  pathname: string,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } | null {
  for (const route of routes) {
    const match = route.method === method ? route.pattern.exec(pathname) : null
    if (match === null) continue
    const values = route.names.map((name, index) => [name, decodeURIComponent(match[index + 1]!)] as const)
    return { route, params: Object.fromEntries(values) }
  }
  return null
}

/** Whether a token may use a route. What is public may be read by everybody. */
export function isAllowed({ needs }: Route, { permissions }: Token, isPrivate: boolean): boolean {
  return needs.length === 0 || needs.some((need) => holds(need, permissions, isPrivate))
}

function holds(need: Need, permissions: Permissions, isPrivate: boolean): boolean {
  const [scope, level] = need.split(':') as [keyof Permissions, 'read' | 'write']
  const given = permissions[scope]
  return level === 'write' ? given === 'write' : given !== undefined || !isPrivate
}

/** The page that is asked for, and the `link` header as GitHub writes it; null when all is on one page. */
export function paginate<Item>(
  items: readonly Item[],
  url: URL,
): { readonly shown: Item[]; readonly link: string | null } {
  const perPage = Math.min(100, Math.max(1, Number(url.searchParams.get('per_page') ?? 30)))
  const page = Math.max(1, Number(url.searchParams.get('page') ?? 1))
  const pages = Math.max(1, Math.ceil(items.length / perPage))
  const to = (rel: string, number: number): string => {
    const target = new URL(url)
    target.searchParams.set('page', String(number))
    return `<${target.href}>; rel="${rel}"`
  }
  const links = [
    ...(page > 1 ? [to('prev', page - 1), to('first', 1)] : []),
    ...(page < pages ? [to('next', page + 1), to('last', pages)] : []),
  ]
  return {
    shown: items.slice((page - 1) * perPage, page * perPage),
    link: links.length === 0 ? null : links.join(', '),
  }
}
