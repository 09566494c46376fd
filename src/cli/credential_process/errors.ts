/** A profile has a Bedrock API key, for which neither form of the answer has a place. */
export class ApiKeyProfileError extends Error {
  override name = "ApiKeyProfileError";
  constructor(readonly profile: string) {
    super(`Profile "${profile}" has a Bedrock API key`);
  }
}
