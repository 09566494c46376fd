import { settingsIn } from "./edit.ts";

/** A setting that some SDK heeds before `credential_process` of the same AWS profile. */
export interface Shadow {
  readonly file: "config" | "credentials";
  readonly name: string;
  /** Counts from 1. */
  readonly line: number;
  readonly kind: "key" | "sso" | "role" | "login" | "process";
}

const kinds: readonly (readonly [RegExp, Shadow["kind"]])[] = [
  [/^aws_(access_key_id|secret_access_key|session_token)$/, "key"],
  [/^sso_(session|account_id|start_url|role_name|region)$/, "sso"],
  [/^(role_arn|source_profile|credential_source|web_identity_token_file)$/, "role"],
  [/^login_session$/, "login"],
];

/**
 * What goes before `credential_process` of an AWS profile. The SDKs do not agree on the order, so
 * all is named that goes before it in one of them: a key in `~/.aws/credentials` does in all.
 */
export function shadows(
  texts: { readonly config: string; readonly credentials: string },
  profile: string,
): Shadow[] {
  const found: Shadow[] = [];
  for (const file of ["credentials", "config"] as const) {
    for (const [name, { number }] of settingsIn(texts[file], profile, file)) {
      const kind = kinds.find(([pattern]) => pattern.test(name))?.[1] ??
        // What the credentials file says replaces what the configuration says.
        (file === "credentials" && name === "credential_process" ? "process" : undefined);
      if (kind) found.push({ file, name, line: number, kind });
    }
  }
  return found;
}
