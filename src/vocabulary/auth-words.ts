/** What `auth` can say in one word. */
export const AUTH_WORDS = [
  'auto',
  'bearer',
  'basic',
  'databricks-oauth',
  'databricks-oidc',
  'aws-sigv4',
  'none',
] as const
export type AuthWord = (typeof AUTH_WORDS)[number]
