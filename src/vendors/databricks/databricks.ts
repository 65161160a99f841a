import type { Vendor } from '../vendor.ts'
import { databricksApi } from './api.ts'
import { findLimits } from './findings.ts'
import { watchEndpoint } from './readiness.ts'
import { explainRefusal, ownsHeaders } from './refusals.ts'
import { PATHS, isDatabricks } from './urls.ts'

/** Databricks: model serving of a workspace. */
export const databricks: Vendor = {
  name: 'Databricks',
  api: databricksApi,
  isIts: isDatabricks,
  ownsHeaders,
  paths: PATHS,
  keyPlace: 'bearer',
  explainRefusal,
  watchEndpoint,
  findLimits,
}
