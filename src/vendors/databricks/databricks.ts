import type { Vendor } from '../vendor.ts'
import type { DatabricksFindingCode } from './finding-kinds.ts'
import { databricksApi } from './api.ts'
import { BORROWED, CREDENTIAL_HELP, WAYS, ownsVariables } from './credentials.ts'
import { findLimits } from './findings.ts'
import { watchEndpoint } from './readiness.ts'
import { explainRefusal, ownsHeaders } from './refusals.ts'
import { PATHS, isDatabricks, readNativePath } from './urls.ts'

/** Databricks: model serving of a workspace. */
export const databricks: Vendor<DatabricksFindingCode> = {
  name: 'Databricks',
  api: databricksApi,
  isIts: isDatabricks,
  ownsHeaders,
  paths: PATHS,
  keyPlace: 'bearer',
  speaks: { anthropic: 'Databricks', 'openai-responses': 'agents on Databricks' },
  endpointName: (endpoint) => readNativePath(endpoint)?.name ?? null,
  ways: WAYS,
  credentialHelp: CREDENTIAL_HELP,
  borrowed: BORROWED,
  ownsVariables,
  takesBareToken: true,
  explainRefusal,
  watchEndpoint,
  crossCheckModel: "Databricks' notebook",
  findLimits,
}
