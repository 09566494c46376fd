import type { PolicyFormat } from "../../aws/policy/forms.ts";
import type { Engine } from "../engine.ts";

/** What was asked of `policy`. */
export type PolicyFlags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly format?: PolicyFormat;
  readonly offline: boolean;
  readonly rotation: boolean;
  /** Nothing: where AWS says that it is needed. */
  readonly marketplace?: boolean;
  readonly models: boolean;
  readonly sourceVpce?: string;
  readonly mfa: boolean;
  readonly expires?: Temporal.Instant;
  readonly check: boolean;
  readonly using?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly json: boolean;
};
