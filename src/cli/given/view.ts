import type { ProfileView } from "../../store/credentials.ts";
import type { Given } from "../given.ts";

/** A profile as programs see it: with what they are given in place of what the file has. */
export function withGiven(profile: ProfileView, given: Given): ProfileView {
  const { accessKeyId: _id, secretAccessKey: _secret, sessionToken: _token, ...rest } = profile;
  if (given.kind === "api-key") return { ...rest, bedrockApiKey: given.token };
  const { bedrockApiKey: _api, ...others } = rest;
  const { accessKeyId, secretAccessKey, sessionToken } = given.credentials;
  return { ...others, accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
