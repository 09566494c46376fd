import type { Engine } from "../engine.ts";

/** What was asked of `models pin`. */
export type PinFlags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly profile?: string;
  readonly small?: string;
  readonly check: boolean;
  readonly claude: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly json: boolean;
};
