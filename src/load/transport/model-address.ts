import type { Api, Dialect } from '../../protocol/api.ts'

/** An endpoint as one model of it is asked. */
export interface ModelAddress {
  readonly url: URL
  readonly dialect: Dialect
}

/** Where a request goes that asks for this model, and in which dialect: its URL names the model, or its body. Absent: the model of the run. */
export function addressModel(
  { api, url, dialect }: ModelAddress & { readonly api: Api },
  model?: string,
): ModelAddress {
  if (model === undefined) return { url, dialect }
  return {
    url: api.urlOfModel?.(url, model) ?? url,
    dialect: { ...dialect, model: api.modelInBody(url, model) },
  }
}
