import type { Vendor } from '../vendor.ts'
import { databricksApi } from './api.ts'
import { isDatabricks } from './urls.ts'

/** Databricks: model serving of a workspace. */
export const databricks: Vendor = {
  name: 'Databricks',
  api: databricksApi,
  isIts: isDatabricks,
  keyPlace: 'bearer',
}
