import { ServiceError } from "./answers.ts";
import { header, type RawRequest } from "./http.ts";
import type { Authorization } from "./sigv4.ts";
import { account, type Caller, type State } from "./state.ts";

/**
 * Decides whose Bedrock API key a request brings.
 *
 * @returns nothing where it brings none
 * @throws {ServiceError} with Bedrock's own texts
 */
export function bearerOf(
  state: State,
  request: RawRequest,
): { caller: Caller; authorization: Authorization } | undefined {
  const [, token] = header(request, "authorization")?.match(/^Bearer (.*)$/) ?? [];
  if (token === undefined) return undefined;
  const name = state.apiKeys.get(token);
  const user = name === undefined ? undefined : state.users.get(name);
  if (user === undefined) {
    throw new ServiceError(
      403,
      "AccessDeniedException",
      state.apiKeys.has(token)
        ? "Bearer Token has expired"
        : "Authentication failed: Please make sure your API Key is valid.",
    );
  }
  const arn = `arn:aws:iam::${account}:user/${user.name}`;
  // Its region is that of the host, which here is none.
  const authorization = { accessKeyId: "", region: "us-east-1", service: "bedrock" };
  return {
    authorization: authorization as Authorization,
    caller: { arn, userId: user.id, accessKeyId: "", user },
  };
}
