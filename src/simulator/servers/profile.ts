import type { ApiName } from '../../vocabulary/api-names.ts'
import type { MetricsKind } from '../metrics/pages.ts'
import { jsonPage, textPage, type Page } from '../page.ts'

/** What the pages of a server speak about. */
export interface PageState {
  readonly model: string
  /** False while the model loads. */
  readonly ready: boolean
  readonly running: number
  readonly slots: number
  readonly contextTokens: number
}

/** One page of a server; `body` is what was posted to it. */
export type PageMaker = (state: PageState, body: string) => Page

/** A server or service that the simulator can play: what tells it from others, beside its answers. */
export interface ServerProfile {
  /** The APIs that it has; POSTs to others meet nothing. */
  readonly apis: readonly ApiName[]
  /** The metrics that it has unless the user says otherwise. */
  readonly metrics: MetricsKind
  /** Where they are. */
  readonly metricsPaths: readonly string[]
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Pages by method and path; `*` stands for the name of the model. */
  readonly pages: Readonly<Record<string, PageMaker>>
  /** What it says where there is nothing. */
  readonly notFound: Page
}

/** What most web frameworks of Python say where there is nothing. */
const FASTAPI_NOT_FOUND = jsonPage({ detail: 'Not Found' }, 404)

/** A profile with what a server in Python that has no metrics would say. */
export function profile(given: Partial<ServerProfile> & Pick<ServerProfile, 'apis' | 'pages'>): ServerProfile {
  return { metrics: 'none', metricsPaths: ['/metrics'], headers: {}, notFound: FASTAPI_NOT_FOUND, ...given }
}

/** 200 without a word when the model is there, 503 while it loads. */
export const SILENT_HEALTH: PageMaker = ({ ready }) => textPage('', ready ? 200 : 503)

/** A page that is always the same. */
export function fixed(value: unknown): PageMaker {
  return () => jsonPage(value)
}

/** The list of models as the OpenAI API has it; `owner` is what most servers sign it with. */
export function modelList(owner: string, more: (state: PageState) => object = () => ({})): PageMaker {
  return (state) => {
    const model = { id: state.model, object: 'model', created: CREATED, owned_by: owner, ...more(state) }
    return jsonPage({ object: 'list', data: [model] })
  }
}

/** When the simulated model was made. */
export const CREATED = 1_735_689_600
