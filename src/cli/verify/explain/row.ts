import type { AwsConfig } from "../../../aws/config_file.ts";
import type { SettingsLayer } from "../../../claude/settings.ts";
import type { ProfileView } from "../../../store/credentials.ts";

/**
 * A line of the explanation: `taken` is what wins in its part; `skipped` is there and comes after
 * it; `absent` is not there; `fails` cannot be used; `beside` changes where requests go, not whose
 * they are.
 */
export type ExplainState = "taken" | "skipped" | "absent" | "fails" | "beside";

/** Whom a line is about. */
export type ExplainPart = "profile" | "machine" | "AWS SDKs" | "Claude Code";

export interface ExplainRow {
  readonly part: ExplainPart;
  readonly state: ExplainState;
  /** A stable word or the name of what is set: `role`, `AWS_PROFILE`. */
  readonly what: string;
  /** Where it stands: `profiles/ci/role_arn`, `~/.aws/config:3`, `this shell`. */
  readonly where?: string;
  /** Without a full stop; never a secret. */
  readonly why: string;
}

export interface ExplainView {
  readonly profiles: ReadonlyMap<string, ProfileView>;
  readonly profile: ProfileView;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly config?: AwsConfig;
  /** `~/.aws/credentials`. */
  readonly credentials?: AwsConfig;
  /** Claude Code's settings, highest precedence first. */
  readonly layers: readonly SettingsLayer[];
  /** What is the matter with the profile's source, in words. */
  readonly problem?: string;
}

/** A row whose part and state are not yet decided. */
export type Candidate = Omit<ExplainRow, "part" | "state">;

/** What is there for a part, in its order: the first is taken. */
export function ranked(
  part: ExplainPart,
  found: readonly Candidate[],
): ExplainRow[] {
  return found.map((each, index) => ({
    part,
    state: index === 0 ? "taken" : "skipped",
    ...each,
  }));
}

/** Where nothing is set that a part would take. */
export function nothing(part: ExplainPart): ExplainRow {
  return {
    part,
    state: "absent",
    what: "credentials",
    why: "nothing here is set; an instance's profile would be looked for",
  };
}

/** Where a variable stands. */
export const shell = "this shell";

/** Whose a key of the environment is, by its id. */
export function keyWords(id: string, { accessKeyId }: ProfileView): string {
  if (id === accessKeyId) return `${id}, the key of this profile itself`;
  return `${id}, ${id.startsWith("ASIA") ? "a session" : "another key"}`;
}
