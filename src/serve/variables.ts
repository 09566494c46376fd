/** Where the bearer token is: in a file, which SDKs read at every request, or in the variable. */
export type TokenPlace = { readonly file: string } | { readonly token: string };

/** The variables by which SDKs find a server; exactly one of each pair, since SDKs differ on both. */
export function containerVariables(
  uri: string,
  place: TokenPlace,
): Readonly<Record<string, string>> {
  return {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: uri,
    ...("file" in place
      ? { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: place.file }
      : { AWS_CONTAINER_AUTHORIZATION_TOKEN: place.token }),
  };
}

/** What SDKs heed before a container's credentials, or in place of the variables above. */
export const goesBefore: readonly string[] = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_BEARER_TOKEN_BEDROCK",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/** Settings of an AWS profile that make it a source of credentials. */
const sources = [
  "aws_access_key_id",
  "credential_process",
  "credential_source",
  "login_session",
  "role_arn",
  "source_profile",
  "sso_account_id",
  "sso_session",
  "sso_start_url",
  "web_identity_token_file",
];

/** The first setting by which an AWS profile gives credentials of its own. */
export function sourceSetting(settings: ReadonlyMap<string, unknown>): string | undefined {
  return sources.find((each) => settings.has(each));
}
